-- What customers had spent 30 days and a year before is kept, for the amounts of kpi_summary as they were then.

ALTER TABLE rollup.customers
ADD COLUMN IF NOT EXISTS revenue_30_days_ago numeric(18, 2) NOT NULL DEFAULT 0,
ADD COLUMN IF NOT EXISTS revenue_year_ago numeric(18, 2) NOT NULL DEFAULT 0;
ALTER TABLE rollup.customers
ALTER COLUMN revenue_30_days_ago DROP DEFAULT,
ALTER COLUMN revenue_year_ago DROP DEFAULT;
COMMENT ON COLUMN rollup.customers.revenue_30_days_ago IS 'Sum of total_amount of orders_30_days_ago.';
COMMENT ON COLUMN rollup.customers.revenue_year_ago IS 'Sum of total_amount of orders_year_ago.';
