-- Customers as they were 30 days and a year before are kept, so that kpi_summary need not look at all their days. purchase_days,
-- which nobody read, goes with rollup.drop_columns().

ALTER TABLE rollup.customers
ADD COLUMN IF NOT EXISTS orders_30_days_ago bigint NOT NULL DEFAULT 0,
ADD COLUMN IF NOT EXISTS last_order_30_days_ago date,
ADD COLUMN IF NOT EXISTS orders_year_ago bigint NOT NULL DEFAULT 0,
ADD COLUMN IF NOT EXISTS last_order_year_ago date;
ALTER TABLE rollup.customers
ALTER COLUMN orders_30_days_ago DROP DEFAULT,
ALTER COLUMN orders_year_ago DROP DEFAULT;
COMMENT ON COLUMN rollup.customers.orders_30_days_ago IS
'Completed orders up to the day that lies 30 days before config.clock.as_of.';
COMMENT ON COLUMN rollup.customers.last_order_30_days_ago IS 'Day of the last of orders_30_days_ago.';
COMMENT ON COLUMN rollup.customers.orders_year_ago IS
'Completed orders up to the day that lies a year before config.clock.as_of.';
COMMENT ON COLUMN rollup.customers.last_order_year_ago IS 'Day of the last of orders_year_ago.';
