-- Settings and history for the views of customers.

CREATE TABLE IF NOT EXISTS config.rfm_segment (
    recency_score integer NOT NULL,
    value_score integer NOT NULL,
    rfm_segment text COLLATE "C" NOT NULL,
    CONSTRAINT rfm_segment_pkey PRIMARY KEY (recency_score, value_score),
    CONSTRAINT rfm_segment_recency_score_check CHECK (recency_score BETWEEN 1 AND 5),
    CONSTRAINT rfm_segment_value_score_check CHECK (value_score BETWEEN 1 AND 5),
    CONSTRAINT rfm_segment_rfm_segment_check CHECK (
        rfm_segment IN (
            'Champions', 'Loyal Customers', 'Potential Loyalists', 'New Customers', 'Promising', 'Need Attention',
            'About to Sleep', 'At Risk', 'Can''t Lose Them', 'Hibernating', 'Lost'
        )
    )
);
COMMENT ON TABLE config.rfm_segment IS
'One row per recency score and value score of a customer who bought: the RFM segment. A missing row means no segment.';
COMMENT ON COLUMN config.rfm_segment.recency_score IS '1 to 5; 5: the fifth that bought last.';
COMMENT ON COLUMN config.rfm_segment.value_score IS
'1 to 5: the mean of frequency_score and monetary_score, halves rounded up.';
COMMENT ON COLUMN config.rfm_segment.rfm_segment IS 'Name of the segment; the eleven names are fixed.';
INSERT INTO config.rfm_segment (recency_score, value_score, rfm_segment)
VALUES
(5, 1, 'New Customers'),
(5, 2, 'Potential Loyalists'),
(5, 3, 'Potential Loyalists'),
(5, 4, 'Champions'),
(5, 5, 'Champions'),
(4, 1, 'Promising'),
(4, 2, 'Potential Loyalists'),
(4, 3, 'Potential Loyalists'),
(4, 4, 'Loyal Customers'),
(4, 5, 'Loyal Customers'),
(3, 1, 'About to Sleep'),
(3, 2, 'About to Sleep'),
(3, 3, 'Need Attention'),
(3, 4, 'Loyal Customers'),
(3, 5, 'Loyal Customers'),
(2, 1, 'Hibernating'),
(2, 2, 'Hibernating'),
(2, 3, 'At Risk'),
(2, 4, 'At Risk'),
(2, 5, 'Can''t Lose Them'),
(1, 1, 'Lost'),
(1, 2, 'Hibernating'),
(1, 3, 'At Risk'),
(1, 4, 'At Risk'),
(1, 5, 'Can''t Lose Them')
ON CONFLICT DO NOTHING;

CREATE TABLE IF NOT EXISTS config.repeat_purchase (
    is_only_row boolean NOT NULL DEFAULT true,
    max_order_number integer NOT NULL DEFAULT 10,
    CONSTRAINT repeat_purchase_pkey PRIMARY KEY (is_only_row),
    CONSTRAINT repeat_purchase_is_only_row_check CHECK (is_only_row),
    CONSTRAINT repeat_purchase_max_order_number_check CHECK (max_order_number BETWEEN 2 AND 1000)
);
COMMENT ON TABLE config.repeat_purchase IS 'One row: how far repeat purchases are followed.';
COMMENT ON COLUMN config.repeat_purchase.is_only_row IS 'Holds the table to one row.';
COMMENT ON COLUMN config.repeat_purchase.max_order_number IS
'analytics.repeat_purchase has a row for each order number up to this.';
INSERT INTO config.repeat_purchase DEFAULT VALUES ON CONFLICT DO NOTHING;

CREATE TABLE IF NOT EXISTS rollup.segment_months (
    month_end date NOT NULL,
    previous_tier text COLLATE "C" NOT NULL,
    previous_status text COLLATE "C" NOT NULL,
    customer_tier text COLLATE "C" NOT NULL,
    customer_status text COLLATE "C" NOT NULL,
    customers bigint NOT NULL,
    CONSTRAINT segment_months_pkey PRIMARY KEY (month_end, previous_tier, previous_status, customer_tier, customer_status),
    CONSTRAINT segment_months_month_end_check
    CHECK (month_end = (date_trunc('month', month_end::timestamp) + interval '1 month - 1 day')::date),
    CONSTRAINT segment_months_customers_check CHECK (customers > 0)
);
COMMENT ON TABLE rollup.segment_months IS
'One row per month that is over and move between tier × health at its begin and at its end. Written once, with the orders and '
'limits known then, by rollup.close_months(). TRUNCATE it to have all months counted anew.';
COMMENT ON COLUMN rollup.segment_months.month_end IS 'Last day of the month.';
COMMENT ON COLUMN rollup.segment_months.previous_tier IS 'Tier at the end of the month before; New: was no customer then.';
COMMENT ON COLUMN rollup.segment_months.previous_status IS 'Health at the end of the month before; New: was no customer then.';
COMMENT ON COLUMN rollup.segment_months.customer_tier IS 'Tier at the month''s end.';
COMMENT ON COLUMN rollup.segment_months.customer_status IS 'Health at the month''s end.';
COMMENT ON COLUMN rollup.segment_months.customers IS 'Customers who made this move, or stayed where both are the same.';
