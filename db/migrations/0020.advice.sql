-- What to recommend and what to ask for it: settings, and what the models of products find.

CREATE TABLE IF NOT EXISTS config.recommendation (
    is_only_row boolean NOT NULL DEFAULT true,
    active_days integer NOT NULL DEFAULT 90,
    min_orders integer NOT NULL DEFAULT 5,
    shrinkage numeric(8, 2) NOT NULL DEFAULT 10,
    test_customers integer NOT NULL DEFAULT 5000,
    CONSTRAINT recommendation_pkey PRIMARY KEY (is_only_row),
    CONSTRAINT recommendation_is_only_row_check CHECK (is_only_row),
    CONSTRAINT recommendation_active_days_check CHECK (active_days BETWEEN 1 AND 3650),
    CONSTRAINT recommendation_min_orders_check CHECK (min_orders >= 1),
    CONSTRAINT recommendation_shrinkage_check CHECK (shrinkage >= 0 AND shrinkage < 1000000),
    CONSTRAINT recommendation_test_customers_check CHECK (test_customers BETWEEN 100 AND 100000)
);
COMMENT ON TABLE config.recommendation IS 'One row: to whom products are recommended, and which go together.';
COMMENT ON COLUMN config.recommendation.is_only_row IS 'Holds the table to one row.';
COMMENT ON COLUMN config.recommendation.active_days IS
'Products are recommended to customers who bought within so many days up to config.clock.as_of.';
COMMENT ON COLUMN config.recommendation.min_orders IS
'Two products go together when so many completed orders have both; a product is a best seller in a country when so many of '
'its customers bought it.';
COMMENT ON COLUMN config.recommendation.shrinkage IS
'How far pairs seen in few orders are mistrusted: at so many orders a similarity counts half.';
COMMENT ON COLUMN config.recommendation.test_customers IS
'The back-test holds back the last order of at most so many customers.';
INSERT INTO config.recommendation DEFAULT VALUES ON CONFLICT DO NOTHING;

CREATE TABLE IF NOT EXISTS config.pricing (
    is_only_row boolean NOT NULL DEFAULT true,
    history_weeks integer NOT NULL DEFAULT 104,
    min_weeks integer NOT NULL DEFAULT 26,
    min_weekly_units numeric(10, 2) NOT NULL DEFAULT 10,
    min_prices integer NOT NULL DEFAULT 4,
    min_price_range numeric(6, 4) NOT NULL DEFAULT 0.05,
    max_price_change numeric(6, 4) NOT NULL DEFAULT 0.1,
    CONSTRAINT pricing_pkey PRIMARY KEY (is_only_row),
    CONSTRAINT pricing_is_only_row_check CHECK (is_only_row),
    CONSTRAINT pricing_history_weeks_check CHECK (history_weeks BETWEEN min_weeks AND 520),
    CONSTRAINT pricing_min_weeks_check CHECK (min_weeks >= 12),
    CONSTRAINT pricing_min_weekly_units_check CHECK (min_weekly_units >= 1 AND min_weekly_units < 'NaN'),
    CONSTRAINT pricing_min_prices_check CHECK (min_prices >= 2),
    CONSTRAINT pricing_min_price_range_check CHECK (min_price_range > 0 AND min_price_range <= 10),
    CONSTRAINT pricing_max_price_change_check CHECK (max_price_change > 0 AND max_price_change <= 0.5)
);
COMMENT ON TABLE config.pricing IS
'One row: when a product''s weeks tell how its price moves its sales, and how far advice may go.';
COMMENT ON COLUMN config.pricing.is_only_row IS 'Holds the table to one row.';
COMMENT ON COLUMN config.pricing.history_weeks IS 'So many whole weeks up to config.clock.as_of are looked at.';
COMMENT ON COLUMN config.pricing.min_weeks IS 'A product is judged when it was sold in so many of them.';
COMMENT ON COLUMN config.pricing.min_weekly_units IS
'… and in so many units a week on average: the logarithm of small counts says little and leans.';
COMMENT ON COLUMN config.pricing.min_prices IS '… at so many different average prices a week.';
COMMENT ON COLUMN config.pricing.min_price_range IS
'… and when its dearest week was by this share above its cheapest: 0.05 is 5 percent.';
COMMENT ON COLUMN config.pricing.max_price_change IS
'No advised price is further from what is paid now: 0.1 is 10 percent. Beyond what was tried the curve is a guess.';
INSERT INTO config.pricing DEFAULT VALUES ON CONFLICT DO NOTHING;

ALTER TABLE rollup.customer_baskets ADD COLUMN IF NOT EXISTS products_hash bigint NOT NULL DEFAULT 0;
COMMENT ON COLUMN rollup.customer_baskets.products_hash IS
'Changes when the set of products does: their hashes, combined by exclusive or.';

CREATE TABLE IF NOT EXISTS predict.held_out (
    customer_id text COLLATE "C" NOT NULL,
    product_id text COLLATE "C" NOT NULL,
    CONSTRAINT held_out_pkey PRIMARY KEY (customer_id, product_id)
);
COMMENT ON TABLE predict.held_out IS
'One row per customer and product of the last order that the back-test of recommendations holds back; empty outside of it.';

CREATE TABLE IF NOT EXISTS predict.product_neighbour (
    product_id text COLLATE "C" NOT NULL,
    neighbour_rank integer NOT NULL,
    other_product_id text COLLATE "C" NOT NULL,
    completed_orders bigint NOT NULL,
    similarity numeric(7, 6) NOT NULL,
    CONSTRAINT product_neighbour_pkey PRIMARY KEY (product_id, neighbour_rank),
    CONSTRAINT product_neighbour_product_id_other_product_id_key UNIQUE (product_id, other_product_id)
);
COMMENT ON TABLE predict.product_neighbour IS 'One row per product and one of at most five others that go best with it.';
COMMENT ON COLUMN predict.product_neighbour.neighbour_rank IS '1: goes best.';
COMMENT ON COLUMN predict.product_neighbour.completed_orders IS 'Completed orders with both.';
COMMENT ON COLUMN predict.product_neighbour.similarity IS 'Cosine of the two, shrunk: see predict.take_neighbours().';

CREATE TABLE IF NOT EXISTS predict.best_seller (
    country text COLLATE "C" NOT NULL,
    seller_rank integer NOT NULL,
    product_id text COLLATE "C" NOT NULL,
    is_of_country boolean NOT NULL,
    CONSTRAINT best_seller_pkey PRIMARY KEY (country, seller_rank)
);
COMMENT ON TABLE predict.best_seller IS
'One row per country of customers and product that most customers there bought, then most in the shop.';
COMMENT ON COLUMN predict.best_seller.country IS 'Country; empty: the whole shop, for customers without one.';
COMMENT ON COLUMN predict.best_seller.seller_rank IS '1 to 50.';
COMMENT ON COLUMN predict.best_seller.is_of_country IS
'Did config.recommendation.min_orders customers of the country buy it? false: it is ranked by the whole shop.';

CREATE TABLE IF NOT EXISTS predict.customer_recommendation (
    customer_id text COLLATE "C" NOT NULL,
    country text COLLATE "C" NOT NULL,
    products_hash bigint NOT NULL,
    product_ids text[] COLLATE "C" NOT NULL,
    reasons text[] NOT NULL,
    CONSTRAINT customer_recommendation_pkey PRIMARY KEY (customer_id)
);
COMMENT ON TABLE predict.customer_recommendation IS
'One row per active customer: what is recommended, and for which basket that was found.';
COMMENT ON COLUMN predict.customer_recommendation.country IS 'Country of the customer then; empty: none.';
COMMENT ON COLUMN predict.customer_recommendation.products_hash IS 'Of rollup.customer_baskets then.';
COMMENT ON COLUMN predict.customer_recommendation.product_ids IS 'At most five products, best first.';
COMMENT ON COLUMN predict.customer_recommendation.reasons IS 'Why each, in words, with the names of then.';
ALTER TABLE predict.customer_recommendation SET (fillfactor = 90, autovacuum_vacuum_scale_factor = 0.05);

CREATE TABLE IF NOT EXISTS predict.price_elasticity (
    product_id text COLLATE "C" NOT NULL,
    weeks bigint NOT NULL,
    weekly_units numeric(18, 2) NOT NULL,
    prices bigint NOT NULL,
    price_range numeric(18, 4) NOT NULL,
    elasticity double precision,
    standard_error double precision,
    low double precision,
    high double precision,
    reason text,
    CONSTRAINT price_elasticity_pkey PRIMARY KEY (product_id),
    CONSTRAINT price_elasticity_reason_check CHECK ((elasticity IS NULL) = (reason IS NOT NULL))
);
COMMENT ON TABLE predict.price_elasticity IS
'One row per product sold in config.pricing.history_weeks: how its price moves its sales.';
COMMENT ON COLUMN predict.price_elasticity.weeks IS 'Whole weeks in which it was sold.';
COMMENT ON COLUMN predict.price_elasticity.weekly_units IS 'Units in such a week, on average.';
COMMENT ON COLUMN predict.price_elasticity.prices IS 'Different average prices a week.';
COMMENT ON COLUMN predict.price_elasticity.price_range IS 'Dearest week by the cheapest, less one.';
COMMENT ON COLUMN predict.price_elasticity.elasticity IS
'Percent more units for one percent more price: see predict.estimate_elasticities(). NULL: it cannot be told.';
COMMENT ON COLUMN predict.price_elasticity.standard_error IS 'Of the elasticity.';
COMMENT ON COLUMN predict.price_elasticity.low IS 'Lower end of its 95 % interval.';
COMMENT ON COLUMN predict.price_elasticity.high IS 'Upper end of it.';
COMMENT ON COLUMN predict.price_elasticity.reason IS 'Why there is no elasticity, for people; NULL: there is.';

INSERT INTO rollup.dirty DEFAULT VALUES;
