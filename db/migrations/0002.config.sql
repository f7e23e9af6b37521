-- Settings. Each table says what it decides; each limit has a CHECK. is_only_row holds a table to one row.

CREATE TABLE IF NOT EXISTS config.shop (
    is_only_row boolean NOT NULL DEFAULT true,
    shop_name text NOT NULL DEFAULT 'My shop',
    currency text NOT NULL DEFAULT 'USD',
    time_zone text NOT NULL DEFAULT 'UTC',
    first_year integer NOT NULL DEFAULT 1990,
    last_year integer NOT NULL DEFAULT 2099,
    CONSTRAINT shop_pkey PRIMARY KEY (is_only_row),
    CONSTRAINT shop_is_only_row_check CHECK (is_only_row),
    CONSTRAINT shop_currency_check CHECK (currency ~ '^[A-Z]{3}$'),
    CONSTRAINT shop_time_zone_check CHECK ((timestamptz '2000-01-01 00:00:00+00' AT TIME ZONE time_zone) IS NOT NULL),
    CONSTRAINT shop_years_check CHECK (first_year BETWEEN 1970 AND last_year AND last_year <= 2199)
);
COMMENT ON TABLE config.shop IS 'One row: who the shop is.';
COMMENT ON COLUMN config.shop.is_only_row IS 'Holds the table to one row.';
COMMENT ON COLUMN config.shop.shop_name IS 'Shown on the dashboard.';
COMMENT ON COLUMN config.shop.currency IS 'ISO 4217 code of every amount.';
COMMENT ON COLUMN config.shop.time_zone IS 'IANA name. "Today" is taken in it; order times with an offset become local in it.';
COMMENT ON COLUMN config.shop.first_year IS 'The loader refuses dates of earlier years.';
COMMENT ON COLUMN config.shop.last_year IS 'The loader refuses dates of later years.';
INSERT INTO config.shop DEFAULT VALUES ON CONFLICT DO NOTHING;

CREATE TABLE IF NOT EXISTS config.clock (
    is_only_row boolean NOT NULL DEFAULT true,
    as_of date NOT NULL DEFAULT current_date,
    is_fixed boolean NOT NULL DEFAULT false,
    CONSTRAINT clock_pkey PRIMARY KEY (is_only_row),
    CONSTRAINT clock_is_only_row_check CHECK (is_only_row),
    CONSTRAINT clock_as_of_check CHECK (as_of BETWEEN date '1970-01-01' AND date '2199-12-31')
);
COMMENT ON TABLE config.clock IS 'One row: the only source of "today" for every figure.';
COMMENT ON COLUMN config.clock.is_only_row IS 'Holds the table to one row.';
COMMENT ON COLUMN config.clock.as_of IS 'The day that figures are computed for.';
COMMENT ON COLUMN config.clock.is_fixed IS 'false: each refresh sets as_of to the shop''s today. true: as_of stays as it is.';
INSERT INTO config.clock DEFAULT VALUES ON CONFLICT DO NOTHING;

CREATE TABLE IF NOT EXISTS config.order_status (
    status text COLLATE "C" NOT NULL,
    is_revenue boolean NOT NULL,
    CONSTRAINT order_status_pkey PRIMARY KEY (status),
    CONSTRAINT order_status_status_check CHECK (status = lower(btrim(status)) AND status <> '')
);
COMMENT ON TABLE config.order_status IS 'One row per known order status: does an order in it count as revenue?';
COMMENT ON COLUMN config.order_status.status IS 'Lower case, as staging.orders holds it.';
COMMENT ON COLUMN config.order_status.is_revenue IS 'Orders in this status count in revenue, tiers and health.';
INSERT INTO config.order_status (status, is_revenue)
VALUES
('completed', true),
('shipped', true),
('delivered', true),
('pending', false),
('processing', false),
('on_hold', false),
('cancelled', false),
('returned', false),
('refunded', false),
('failed', false)
ON CONFLICT DO NOTHING;

CREATE TABLE IF NOT EXISTS config.order_status_alias (
    alias text COLLATE "C" NOT NULL,
    status text COLLATE "C" NOT NULL,
    CONSTRAINT order_status_alias_pkey PRIMARY KEY (alias),
    CONSTRAINT order_status_alias_alias_check CHECK (alias = lower(btrim(alias)) AND alias <> ''),
    CONSTRAINT order_status_alias_status_fkey FOREIGN KEY (status) REFERENCES config.order_status (status)
);
COMMENT ON TABLE config.order_status_alias IS 'One row per other spelling of a status; the loader replaces it.';
COMMENT ON COLUMN config.order_status_alias.alias IS 'Lower case, as it may stand in a file.';
COMMENT ON COLUMN config.order_status_alias.status IS 'The status that it means.';
INSERT INTO config.order_status_alias (alias, status)
VALUES
('canceled', 'cancelled'),
('complete', 'completed'),
('on-hold', 'on_hold'),
('on hold', 'on_hold')
ON CONFLICT DO NOTHING;

CREATE TABLE IF NOT EXISTS config.customer_tier (
    customer_tier text COLLATE "C" NOT NULL,
    min_orders integer NOT NULL,
    CONSTRAINT customer_tier_pkey PRIMARY KEY (customer_tier),
    CONSTRAINT customer_tier_min_orders_key UNIQUE (min_orders),
    CONSTRAINT customer_tier_customer_tier_check
    CHECK (customer_tier IN ('VIP', 'Loyal', 'Regular', 'One-time', 'Prospect')),
    CONSTRAINT customer_tier_min_orders_check CHECK (
        CASE customer_tier WHEN 'Prospect' THEN min_orders = 0 WHEN 'One-time' THEN min_orders = 1 ELSE min_orders > 1 END
    )
);
COMMENT ON TABLE config.customer_tier IS 'One row per customer tier: from how many revenue orders on.';
COMMENT ON COLUMN config.customer_tier.customer_tier IS 'Name of the tier; the five names are fixed.';
COMMENT ON COLUMN config.customer_tier.min_orders IS 'A customer is in the highest tier whose min_orders is reached.';
INSERT INTO config.customer_tier (customer_tier, min_orders)
VALUES
('VIP', 10),
('Loyal', 6),
('Regular', 2),
('One-time', 1),
('Prospect', 0)
ON CONFLICT DO NOTHING;

CREATE TABLE IF NOT EXISTS config.customer_status (
    customer_status text COLLATE "C" NOT NULL,
    min_days integer NOT NULL,
    CONSTRAINT customer_status_pkey PRIMARY KEY (customer_status),
    CONSTRAINT customer_status_min_days_key UNIQUE (min_days),
    CONSTRAINT customer_status_customer_status_check
    CHECK (customer_status IN ('Active', 'At Risk', 'Dormant', 'Lost')),
    CONSTRAINT customer_status_min_days_check
    CHECK (CASE customer_status WHEN 'Active' THEN min_days = 0 ELSE min_days > 0 END)
);
COMMENT ON TABLE config.customer_status IS
'One row per customer health: from how many days since the last revenue order on. Who never bought is a Prospect.';
COMMENT ON COLUMN config.customer_status.customer_status IS 'Name of the health; the four names are fixed.';
COMMENT ON COLUMN config.customer_status.min_days IS
'A customer has the last health whose min_days is reached, counted from the last revenue order to config.clock.as_of.';
INSERT INTO config.customer_status (customer_status, min_days)
VALUES
('Active', 0),
('At Risk', 91),
('Dormant', 181),
('Lost', 366)
ON CONFLICT DO NOTHING;

CREATE TABLE IF NOT EXISTS config.value_segment (
    value_segment text COLLATE "C" NOT NULL,
    min_revenue numeric(14, 2) NOT NULL,
    CONSTRAINT value_segment_pkey PRIMARY KEY (value_segment),
    CONSTRAINT value_segment_min_revenue_key UNIQUE (min_revenue),
    CONSTRAINT value_segment_value_segment_check CHECK (value_segment IN ('High', 'Medium', 'Low')),
    CONSTRAINT value_segment_min_revenue_check
    CHECK (min_revenue <> 'NaN' AND CASE value_segment WHEN 'Low' THEN min_revenue = 0 ELSE min_revenue > 0 END)
);
COMMENT ON TABLE config.value_segment IS 'One row per value segment: from how much lifetime revenue on.';
COMMENT ON COLUMN config.value_segment.value_segment IS 'Name of the segment; the three names are fixed.';
COMMENT ON COLUMN config.value_segment.min_revenue IS
'A customer is in the highest segment whose min_revenue is reached, in the shop''s currency.';
INSERT INTO config.value_segment (value_segment, min_revenue)
VALUES
('High', 2500),
('Medium', 1000),
('Low', 0)
ON CONFLICT DO NOTHING;

CREATE TABLE IF NOT EXISTS config.performance_category (
    performance_category text COLLATE "C" NOT NULL,
    from_share numeric(5, 4) NOT NULL,
    CONSTRAINT performance_category_pkey PRIMARY KEY (performance_category),
    CONSTRAINT performance_category_from_share_key UNIQUE (from_share),
    CONSTRAINT performance_category_performance_category_check
    CHECK (performance_category IN ('Top', 'Good', 'Average', 'Low')),
    CONSTRAINT performance_category_from_share_check CHECK (
        CASE performance_category WHEN 'Top' THEN from_share = 0 ELSE from_share > 0 AND from_share < 1 END
    )
);
COMMENT ON TABLE config.performance_category IS
'One row per product performance category: from which share of the products on, ranked by revenue.';
COMMENT ON COLUMN config.performance_category.performance_category IS 'Name of the category; the four names are fixed.';
COMMENT ON COLUMN config.performance_category.from_share IS
'Share of the products that sell better. 0.2: the category begins after the best fifth. Products never sold are Low.';
INSERT INTO config.performance_category (performance_category, from_share)
VALUES
('Top', 0),
('Good', 0.2),
('Average', 0.5),
('Low', 0.8)
ON CONFLICT DO NOTHING;

CREATE TABLE IF NOT EXISTS config.expectation (
    is_only_row boolean NOT NULL DEFAULT true,
    min_customers integer NOT NULL DEFAULT 0,
    min_products integer NOT NULL DEFAULT 0,
    max_data_age_days integer NOT NULL DEFAULT 7,
    CONSTRAINT expectation_pkey PRIMARY KEY (is_only_row),
    CONSTRAINT expectation_is_only_row_check CHECK (is_only_row),
    CONSTRAINT expectation_min_customers_check CHECK (min_customers >= 0),
    CONSTRAINT expectation_min_products_check CHECK (min_products >= 0),
    CONSTRAINT expectation_max_data_age_days_check CHECK (max_data_age_days >= 0)
);
COMMENT ON TABLE config.expectation IS 'One row: what the assertions expect of the data.';
COMMENT ON COLUMN config.expectation.is_only_row IS 'Holds the table to one row.';
COMMENT ON COLUMN config.expectation.min_customers IS 'Fewer customers than this: something was lost, do not publish.';
COMMENT ON COLUMN config.expectation.min_products IS 'Fewer products than this: something was lost, do not publish.';
COMMENT ON COLUMN config.expectation.max_data_age_days IS 'Newest order older than this many days: the feed has stopped.';
INSERT INTO config.expectation DEFAULT VALUES ON CONFLICT DO NOTHING;

CREATE TABLE IF NOT EXISTS config.assertion_severity (
    assertion_name text COLLATE "C" NOT NULL,
    severity text COLLATE "C" NOT NULL,
    reason text NOT NULL,
    CONSTRAINT assertion_severity_pkey PRIMARY KEY (assertion_name),
    CONSTRAINT assertion_severity_severity_check CHECK (severity IN ('error', 'warn'))
);
COMMENT ON TABLE config.assertion_severity IS
'One row per assertion whose severity this shop changed. Without a row an assertion has the severity that its file gives it.';
COMMENT ON COLUMN config.assertion_severity.assertion_name IS 'Name of a view in the schema assertions.';
COMMENT ON COLUMN config.assertion_severity.severity IS 'error: violating rows stop the publish. warn: they are reported.';
COMMENT ON COLUMN config.assertion_severity.reason IS 'Why, for the next reader.';

CREATE TABLE IF NOT EXISTS config.load (
    is_only_row boolean NOT NULL DEFAULT true,
    max_delete_share numeric(5, 4) NOT NULL DEFAULT 0.1,
    CONSTRAINT load_pkey PRIMARY KEY (is_only_row),
    CONSTRAINT load_is_only_row_check CHECK (is_only_row),
    CONSTRAINT load_max_delete_share_check CHECK (max_delete_share BETWEEN 0 AND 1)
);
COMMENT ON TABLE config.load IS 'One row: how the loader decides.';
COMMENT ON COLUMN config.load.is_only_row IS 'Holds the table to one row.';
COMMENT ON COLUMN config.load.max_delete_share IS
'The largest part of a table that "runner load --full" deletes without --yes: 0.1 is a tenth.';
INSERT INTO config.load DEFAULT VALUES ON CONFLICT DO NOTHING;
