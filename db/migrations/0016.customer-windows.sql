-- What each customer bought lately is kept instead of added up by every refresh.

ALTER TABLE rollup.customers
ADD COLUMN IF NOT EXISTS orders_30_days bigint NOT NULL DEFAULT 0,
ADD COLUMN IF NOT EXISTS revenue_30_days numeric(18, 2) NOT NULL DEFAULT 0,
ADD COLUMN IF NOT EXISTS orders_90_days bigint NOT NULL DEFAULT 0,
ADD COLUMN IF NOT EXISTS revenue_90_days numeric(18, 2) NOT NULL DEFAULT 0,
ADD COLUMN IF NOT EXISTS orders_365_days bigint NOT NULL DEFAULT 0,
ADD COLUMN IF NOT EXISTS revenue_365_days numeric(18, 2) NOT NULL DEFAULT 0;
COMMENT ON COLUMN rollup.customers.orders_30_days IS 'Completed orders of the 30 days that end with config.clock.as_of.';
COMMENT ON COLUMN rollup.customers.revenue_30_days IS 'Revenue of orders_30_days.';
COMMENT ON COLUMN rollup.customers.orders_90_days IS 'Completed orders of the 90 days that end with config.clock.as_of.';
COMMENT ON COLUMN rollup.customers.revenue_90_days IS 'Revenue of orders_90_days.';
COMMENT ON COLUMN rollup.customers.orders_365_days IS 'Completed orders of the 365 days that end with config.clock.as_of.';
COMMENT ON COLUMN rollup.customers.revenue_365_days IS 'Revenue of orders_365_days.';

INSERT INTO rollup.dirty DEFAULT VALUES;
