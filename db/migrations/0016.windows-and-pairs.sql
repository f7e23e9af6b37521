-- What each customer bought lately is kept instead of added up by every refresh; pairs are kept by month instead of by day.

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

-- The views are made anew after the migrations. No CASCADE: what somebody else built on them stops this instead of vanishing.
DROP VIEW IF EXISTS bi.business_insights, bi.product_affinity;
DROP MATERIALIZED VIEW IF EXISTS analytics.business_insights;
DROP MATERIALIZED VIEW IF EXISTS analytics.product_affinity;
DROP VIEW IF EXISTS rollup.pair_days_recounted;
DROP TABLE IF EXISTS rollup.pair_days;
CREATE TABLE IF NOT EXISTS rollup.pair_months (
    sale_month date NOT NULL,
    product_id text COLLATE "C" NOT NULL,
    other_product_id text COLLATE "C" NOT NULL,
    completed_orders bigint NOT NULL,
    CONSTRAINT pair_months_pkey PRIMARY KEY (sale_month, product_id, other_product_id)
);
COMMENT ON TABLE rollup.pair_months IS 'One row per month and pair of products bought in one completed order.';
COMMENT ON COLUMN rollup.pair_months.sale_month IS 'First day of the month.';
COMMENT ON COLUMN rollup.pair_months.product_id IS 'Of the two the first by id.';
COMMENT ON COLUMN rollup.pair_months.completed_orders IS 'Completed orders with both.';
ALTER TABLE rollup.pair_months SET (autovacuum_vacuum_scale_factor = 0.05);

INSERT INTO rollup.dirty DEFAULT VALUES;
