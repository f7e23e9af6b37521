-- Rollups that follow another one: recounted for the groups of its rows that changed, so that they cost what changed and not
-- what the shop ever sold. Pairs of products that reach the limit; days, countries and cohorts of those who bought.

ALTER TABLE rollup.customer_days ADD COLUMN IF NOT EXISTS country text COLLATE "C";
COMMENT ON COLUMN rollup.customer_days.country IS 'Country of the customer now.';
CREATE INDEX IF NOT EXISTS customer_days_sale_date_idx ON rollup.customer_days (sale_date);

CREATE TABLE IF NOT EXISTS rollup.buyer_days (
    sale_date date NOT NULL,
    country text COLLATE "C" NOT NULL,
    cohort_month date NOT NULL,
    customers bigint NOT NULL,
    completed_orders bigint NOT NULL,
    total_revenue numeric(18, 2) NOT NULL,
    new_customers bigint NOT NULL,
    new_customer_revenue numeric(18, 2) NOT NULL,
    customers_new_to_week bigint NOT NULL,
    customers_new_to_month bigint NOT NULL,
    week_newcomer_revenue numeric(18, 2) NOT NULL,
    CONSTRAINT buyer_days_pkey PRIMARY KEY (sale_date, country, cohort_month)
);
COMMENT ON TABLE rollup.buyer_days IS
'One row per day, country and cohort of the customers with a completed order: the sum of rollup.customer_days.';
COMMENT ON COLUMN rollup.buyer_days.country IS 'Country of the customers now; Unknown for those without one.';
COMMENT ON COLUMN rollup.buyer_days.cohort_month IS 'First day of the month of the customers'' first completed order.';
COMMENT ON COLUMN rollup.buyer_days.customers IS 'Customers with a completed order on the day.';
COMMENT ON COLUMN rollup.buyer_days.completed_orders IS 'Their orders of the day that count as revenue.';
COMMENT ON COLUMN rollup.buyer_days.total_revenue IS 'Revenue of these orders.';
COMMENT ON COLUMN rollup.buyer_days.new_customers IS 'Of the customers, those whose first completed order was on the day.';
COMMENT ON COLUMN rollup.buyer_days.new_customer_revenue IS 'Part of total_revenue that came from new_customers.';
COMMENT ON COLUMN rollup.buyer_days.customers_new_to_week IS
'Of the customers, those who had not bought on an earlier day of the ISO week: their sum counts customers of a week.';
COMMENT ON COLUMN rollup.buyer_days.customers_new_to_month IS
'Of the customers, those who had not bought on an earlier day of the month: their sum counts customers of a month.';
COMMENT ON COLUMN rollup.buyer_days.week_newcomer_revenue IS
'Part of total_revenue that came from customers whose first completed order was in the same ISO week.';

ALTER TABLE rollup.pair_days ADD COLUMN IF NOT EXISTS pair_hash integer NOT NULL DEFAULT 0;
ALTER TABLE rollup.pair_days ALTER COLUMN pair_hash DROP DEFAULT;
COMMENT ON COLUMN rollup.pair_days.pair_hash IS 'Hash of the two ids: by it a pair is found in all days.';
CREATE INDEX IF NOT EXISTS pair_days_pair_hash_idx ON rollup.pair_days (pair_hash);

CREATE TABLE IF NOT EXISTS rollup.pairs (
    pair_hash integer NOT NULL,
    product_id text COLLATE "C" NOT NULL,
    other_product_id text COLLATE "C" NOT NULL,
    completed_orders bigint NOT NULL,
    CONSTRAINT pairs_pkey PRIMARY KEY (pair_hash, product_id, other_product_id)
);
COMMENT ON TABLE rollup.pairs IS
'One row per pair of products bought together in at least config.affinity.min_orders completed orders.';
COMMENT ON COLUMN rollup.pairs.pair_hash IS 'Hash of the two ids.';
COMMENT ON COLUMN rollup.pairs.product_id IS 'Of the two the first by id.';
COMMENT ON COLUMN rollup.pairs.completed_orders IS 'Completed orders with both.';

ALTER TABLE rollup.audited
ADD COLUMN IF NOT EXISTS pair_hash integer,
DROP CONSTRAINT IF EXISTS audited_names_one_thing_check,
ADD CONSTRAINT audited_names_one_thing_check CHECK (num_nonnulls(customer_id, sale_date, pair_hash) = 1);
COMMENT ON TABLE rollup.audited IS
'Customers, days and pairs of products that the last refresh counted again or held against staging.';

INSERT INTO rollup.dirty DEFAULT VALUES;
