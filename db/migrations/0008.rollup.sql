-- One table of marks, which say what changed and not what follows from it: an item's order may be moved to another day, and a
-- product sold on new days, by somebody else before the mark is taken. More rollups: what every refresh would else count anew.

CREATE TABLE IF NOT EXISTS rollup.dirty (
    customer_id text COLLATE "C",
    sale_date date,
    order_id text COLLATE "C",
    status text COLLATE "C",
    product_id text COLLATE "C",
    CONSTRAINT dirty_names_one_thing_check CHECK (num_nonnulls(customer_id, sale_date, order_id, status, product_id) <= 1)
);
COMMENT ON TABLE rollup.dirty IS
'Marks: what changed since rollup.apply_changes() last ran. One that names nothing means everything. Rows may repeat.';
COMMENT ON COLUMN rollup.dirty.customer_id IS 'Orders of this customer changed.';
COMMENT ON COLUMN rollup.dirty.sale_date IS 'Orders of this day changed.';
COMMENT ON COLUMN rollup.dirty.order_id IS 'Lines of this order changed: its day is due.';
COMMENT ON COLUMN rollup.dirty.status IS
'The meaning of this status changed: all customers and days with an order in it are due.';
COMMENT ON COLUMN rollup.dirty.product_id IS 'The category of this product changed: all days on which it sold are due.';
DROP TABLE IF EXISTS rollup.dirty_customer;
DROP TABLE IF EXISTS rollup.dirty_day;
INSERT INTO rollup.dirty DEFAULT VALUES;

CREATE TABLE IF NOT EXISTS rollup.item_days (
    sale_date date NOT NULL,
    units_sold bigint NOT NULL,
    items_revenue numeric(18, 2) NOT NULL,
    mismatched_orders bigint NOT NULL,
    mismatch_amount numeric(18, 2) NOT NULL,
    CONSTRAINT item_days_pkey PRIMARY KEY (sale_date)
);
COMMENT ON TABLE rollup.item_days IS 'One row per day with an order: what its lines say.';
COMMENT ON COLUMN rollup.item_days.units_sold IS 'Units in completed orders.';
COMMENT ON COLUMN rollup.item_days.items_revenue IS 'Sum of the lines in completed orders.';
COMMENT ON COLUMN rollup.item_days.mismatched_orders IS
'Orders in any status whose total is not the sum of their lines, or that have none.';
COMMENT ON COLUMN rollup.item_days.mismatch_amount IS 'Sum of the totals minus the lines of these orders.';

CREATE TABLE IF NOT EXISTS rollup.status_days (
    sale_date date NOT NULL,
    status text COLLATE "C" NOT NULL,
    total_orders bigint NOT NULL,
    total_amount numeric(18, 2) NOT NULL,
    CONSTRAINT status_days_pkey PRIMARY KEY (sale_date, status)
);
COMMENT ON TABLE rollup.status_days IS 'One row per day and status of its orders.';
COMMENT ON COLUMN rollup.status_days.total_amount IS 'Sum of the orders'' totals, whether they count as revenue or not.';

CREATE TABLE IF NOT EXISTS rollup.category_days (
    sale_date date NOT NULL,
    category text COLLATE "C" NOT NULL,
    quantity_sold bigint NOT NULL,
    total_revenue numeric(18, 2) NOT NULL,
    CONSTRAINT category_days_pkey PRIMARY KEY (sale_date, category)
);
COMMENT ON TABLE rollup.category_days IS
'One row per day and category that was ordered, by the category that its products have now.';
COMMENT ON COLUMN rollup.category_days.category IS 'Uncategorized for products without a category.';
COMMENT ON COLUMN rollup.category_days.quantity_sold IS 'Units in completed orders.';
COMMENT ON COLUMN rollup.category_days.total_revenue IS 'Sum of the lines in completed orders.';

CREATE TABLE IF NOT EXISTS rollup.product_months (
    sale_month date NOT NULL,
    product_id text COLLATE "C" NOT NULL,
    total_orders bigint NOT NULL,
    completed_orders bigint NOT NULL,
    quantity_sold bigint NOT NULL,
    total_revenue numeric(18, 2) NOT NULL,
    CONSTRAINT product_months_pkey PRIMARY KEY (sale_month, product_id)
);
COMMENT ON TABLE rollup.product_months IS
'One row per month and product that was ordered: the sum of rollup.product_days, brought up to date by a refresh.';
COMMENT ON COLUMN rollup.product_months.sale_month IS 'First day of the month.';
COMMENT ON COLUMN rollup.product_months.total_orders IS 'Orders with the product, in any status.';
COMMENT ON COLUMN rollup.product_months.completed_orders IS 'Completed orders with the product.';
COMMENT ON COLUMN rollup.product_months.quantity_sold IS 'Units in completed orders.';
COMMENT ON COLUMN rollup.product_months.total_revenue IS 'Sum of the lines in completed orders.';

CREATE TABLE IF NOT EXISTS rollup.changed_day (
    sale_date date NOT NULL,
    CONSTRAINT changed_day_pkey PRIMARY KEY (sale_date)
);
COMMENT ON TABLE rollup.changed_day IS
'Days recounted since the last publish: their months are due, and assertions look at them.';

CREATE TABLE IF NOT EXISTS rollup.audited (
    customer_id text COLLATE "C",
    sale_date date,
    is_sample boolean NOT NULL,
    CONSTRAINT audited_names_one_thing_check CHECK (num_nonnulls(customer_id, sale_date) = 1)
);
COMMENT ON TABLE rollup.audited IS 'Customers and days that the last refresh held against staging.';
COMMENT ON COLUMN rollup.audited.is_sample IS 'true: drawn at random and counted again. false: a day that had changed.';

-- Rows are updated in place: room for that on each page, and autovacuum after fewer changes than usual.
ALTER TABLE rollup.customers SET (fillfactor = 90, autovacuum_vacuum_scale_factor = 0.05);
ALTER TABLE rollup.product_days SET (autovacuum_vacuum_scale_factor = 0.05);
ALTER TABLE rollup.product_months SET (fillfactor = 90, autovacuum_vacuum_scale_factor = 0.05);

ALTER TABLE config.expectation
ADD COLUMN IF NOT EXISTS audited_days integer NOT NULL DEFAULT 1,
ADD COLUMN IF NOT EXISTS audited_customers integer NOT NULL DEFAULT 20;
ALTER TABLE config.expectation
DROP CONSTRAINT IF EXISTS expectation_audited_days_check,
DROP CONSTRAINT IF EXISTS expectation_audited_customers_check;
ALTER TABLE config.expectation
ADD CONSTRAINT expectation_audited_days_check CHECK (audited_days >= 1),
ADD CONSTRAINT expectation_audited_customers_check CHECK (audited_customers >= 1);
COMMENT ON COLUMN config.expectation.audited_days IS 'So many days, drawn at random, does each refresh count again from staging.';
COMMENT ON COLUMN config.expectation.audited_customers IS
'So many customers, drawn at random, does each refresh count again from staging.';
