-- Rollups for the whole catalogue. Some are brought up to date at once, by rollup.apply_changes(), others only by a refresh;
-- rollup.changed tells a refresh which groups those are.

CREATE TABLE IF NOT EXISTS rollup.changed (
    customer_id text COLLATE "C",
    sale_date date,
    CONSTRAINT changed_names_one_thing_check CHECK (num_nonnulls(customer_id, sale_date) <= 1)
);
COMMENT ON TABLE rollup.changed IS
'Customers and days recounted since the last publish. A row names one; one that names nothing means all. Rows may repeat.';
DROP TABLE IF EXISTS rollup.changed_day;

CREATE TABLE IF NOT EXISTS rollup.audit_difference (
    table_name text COLLATE "C" NOT NULL,
    group_key text COLLATE "C" NOT NULL,
    kept_rows bigint NOT NULL,
    counted_rows bigint NOT NULL,
    CONSTRAINT audit_difference_pkey PRIMARY KEY (table_name, group_key)
);
COMMENT ON TABLE rollup.audit_difference IS
'One row per rollup table and group in which the last audit found other rows than staging gives.';
COMMENT ON COLUMN rollup.audit_difference.group_key IS 'The customer, day or month.';
COMMENT ON COLUMN rollup.audit_difference.kept_rows IS 'Rows of the group that only the rollup has.';
COMMENT ON COLUMN rollup.audit_difference.counted_rows IS 'Rows of the group that only staging gives.';

ALTER TABLE rollup.customers ADD COLUMN IF NOT EXISTS purchase_days bigint NOT NULL DEFAULT 0;
COMMENT ON COLUMN rollup.customers.purchase_days IS 'Distinct days with a completed order.';

CREATE TABLE IF NOT EXISTS rollup.customer_days (
    customer_id text COLLATE "C" NOT NULL,
    sale_date date NOT NULL,
    completed_orders bigint NOT NULL,
    total_revenue numeric(18, 2) NOT NULL,
    orders_before bigint NOT NULL,
    first_order_date date NOT NULL,
    days_since_previous integer,
    is_first_in_month boolean NOT NULL,
    CONSTRAINT customer_days_pkey PRIMARY KEY (customer_id, sale_date)
);
COMMENT ON TABLE rollup.customer_days IS 'One row per customer and day with a completed order.';
COMMENT ON COLUMN rollup.customer_days.completed_orders IS 'Orders of the day that count as revenue.';
COMMENT ON COLUMN rollup.customer_days.total_revenue IS 'Revenue of the completed orders.';
COMMENT ON COLUMN rollup.customer_days.orders_before IS
'Completed orders of the customer on earlier days: the day''s first one is number orders_before + 1.';
COMMENT ON COLUMN rollup.customer_days.first_order_date IS 'Day of the customer''s first completed order.';
COMMENT ON COLUMN rollup.customer_days.days_since_previous IS
'Days since the day before that the customer bought on; NULL on the first.';
COMMENT ON COLUMN rollup.customer_days.is_first_in_month IS
'The customer''s first day in its calendar month: counting these counts customers a month.';

CREATE TABLE IF NOT EXISTS rollup.day_hours (
    sale_date date NOT NULL,
    order_hour smallint NOT NULL,
    total_orders bigint NOT NULL,
    completed_orders bigint NOT NULL,
    total_revenue numeric(18, 2) NOT NULL,
    CONSTRAINT day_hours_pkey PRIMARY KEY (sale_date, order_hour)
);
COMMENT ON TABLE rollup.day_hours IS 'One row per day and hour with an order.';
COMMENT ON COLUMN rollup.day_hours.order_hour IS '0 to 23, the shop''s local time; 0 for orders whose file gives no time.';
COMMENT ON COLUMN rollup.day_hours.total_orders IS 'Orders in any status.';
COMMENT ON COLUMN rollup.day_hours.completed_orders IS 'Orders that count as revenue.';
COMMENT ON COLUMN rollup.day_hours.total_revenue IS 'Revenue of the completed orders.';

CREATE TABLE IF NOT EXISTS rollup.customer_products (
    customer_id text COLLATE "C" NOT NULL,
    product_id text COLLATE "C" NOT NULL,
    completed_orders bigint NOT NULL,
    quantity_bought bigint NOT NULL,
    total_revenue numeric(18, 2) NOT NULL,
    CONSTRAINT customer_products_pkey PRIMARY KEY (customer_id, product_id)
);
COMMENT ON TABLE rollup.customer_products IS 'One row per customer and product that the customer bought in a completed order.';
COMMENT ON COLUMN rollup.customer_products.completed_orders IS 'Completed orders with the product.';
COMMENT ON COLUMN rollup.customer_products.quantity_bought IS 'Units in these orders.';
COMMENT ON COLUMN rollup.customer_products.total_revenue IS 'Sum of the lines.';

CREATE TABLE IF NOT EXISTS rollup.customer_baskets (
    customer_id text COLLATE "C" NOT NULL,
    products_bought bigint NOT NULL,
    quantity_bought bigint NOT NULL,
    favourite_category text COLLATE "C" NOT NULL,
    CONSTRAINT customer_baskets_pkey PRIMARY KEY (customer_id)
);
COMMENT ON TABLE rollup.customer_baskets IS 'One row per customer with a line in a completed order.';
COMMENT ON COLUMN rollup.customer_baskets.products_bought IS 'Distinct products.';
COMMENT ON COLUMN rollup.customer_baskets.quantity_bought IS 'Units.';
COMMENT ON COLUMN rollup.customer_baskets.favourite_category IS
'Category with the most revenue, then the most units, then the first by name; Uncategorized for products without one.';

CREATE TABLE IF NOT EXISTS rollup.pair_days (
    sale_date date NOT NULL,
    product_id text COLLATE "C" NOT NULL,
    other_product_id text COLLATE "C" NOT NULL,
    completed_orders bigint NOT NULL,
    CONSTRAINT pair_days_pkey PRIMARY KEY (sale_date, product_id, other_product_id)
);
COMMENT ON TABLE rollup.pair_days IS 'One row per day and pair of products bought in one completed order.';
COMMENT ON COLUMN rollup.pair_days.product_id IS 'Of the two the first by id.';
COMMENT ON COLUMN rollup.pair_days.completed_orders IS 'Completed orders with both.';

ALTER TABLE rollup.customer_days SET (fillfactor = 90, autovacuum_vacuum_scale_factor = 0.05);
ALTER TABLE rollup.customer_products SET (fillfactor = 90, autovacuum_vacuum_scale_factor = 0.05);
ALTER TABLE rollup.customer_baskets SET (fillfactor = 90, autovacuum_vacuum_scale_factor = 0.05);
ALTER TABLE rollup.pair_days SET (autovacuum_vacuum_scale_factor = 0.05);

-- What an order in a status has come to, for the funnel; is_revenue stays the only word on revenue.
ALTER TABLE config.order_status ADD COLUMN IF NOT EXISTS outcome text COLLATE "C" NOT NULL DEFAULT 'open';
ALTER TABLE config.order_status DROP CONSTRAINT IF EXISTS order_status_outcome_check;
ALTER TABLE config.order_status
ADD CONSTRAINT order_status_outcome_check CHECK (outcome IN ('open', 'completed', 'cancelled', 'returned'));
COMMENT ON COLUMN config.order_status.outcome IS 'What the order has come to: open, completed, cancelled or returned.';
UPDATE config.order_status
SET outcome = CASE
    WHEN is_revenue THEN 'completed'
    WHEN status IN ('cancelled', 'failed') THEN 'cancelled'
    WHEN status IN ('returned', 'refunded') THEN 'returned'
    ELSE 'open'
END;

INSERT INTO rollup.dirty DEFAULT VALUES;
