-- What the views of sales decide by, the rules of the insights, and a copy of the comments that the metric dictionary is made of.

CREATE TABLE IF NOT EXISTS config.order_funnel (
    is_only_row boolean NOT NULL DEFAULT true,
    max_open_days integer NOT NULL DEFAULT 14,
    CONSTRAINT order_funnel_pkey PRIMARY KEY (is_only_row),
    CONSTRAINT order_funnel_is_only_row_check CHECK (is_only_row),
    CONSTRAINT order_funnel_max_open_days_check CHECK (max_open_days >= 0)
);
COMMENT ON TABLE config.order_funnel IS 'One row: how the order funnel decides.';
COMMENT ON COLUMN config.order_funnel.is_only_row IS 'Holds the table to one row.';
COMMENT ON COLUMN config.order_funnel.max_open_days IS 'An order that is open for more days than this is overdue.';
INSERT INTO config.order_funnel DEFAULT VALUES ON CONFLICT DO NOTHING;
