-- Demand of each product: how it is told, by which method it is forecast, and what is expected.

CREATE TABLE IF NOT EXISTS config.demand (
    is_only_row boolean NOT NULL DEFAULT true,
    history_weeks integer NOT NULL DEFAULT 52,
    min_weeks integer NOT NULL DEFAULT 13,
    test_products integer NOT NULL DEFAULT 500,
    min_tests integer NOT NULL DEFAULT 30,
    intermittent_interval numeric(6, 3) NOT NULL DEFAULT 1.32,
    erratic_variation numeric(6, 3) NOT NULL DEFAULT 0.49,
    CONSTRAINT demand_pkey PRIMARY KEY (is_only_row),
    CONSTRAINT demand_is_only_row_check CHECK (is_only_row),
    CONSTRAINT demand_history_weeks_check CHECK (history_weeks BETWEEN 52 AND 520),
    CONSTRAINT demand_min_weeks_check CHECK (min_weeks BETWEEN 4 AND 52),
    CONSTRAINT demand_test_products_check CHECK (test_products BETWEEN 10 AND 100000),
    CONSTRAINT demand_min_tests_check CHECK (min_tests >= 2),
    CONSTRAINT demand_intermittent_interval_check CHECK (intermittent_interval >= 1 AND intermittent_interval <> 'NaN'),
    CONSTRAINT demand_erratic_variation_check CHECK (erratic_variation >= 0 AND erratic_variation <> 'NaN')
);
COMMENT ON TABLE config.demand IS 'One row: how the demand of products is forecast and classified.';
COMMENT ON COLUMN config.demand.is_only_row IS 'Holds the table to one row.';
COMMENT ON COLUMN config.demand.history_weeks IS 'So many weeks before config.clock.as_of are looked at.';
COMMENT ON COLUMN config.demand.min_weeks IS 'A product is forecast when its first sale was so many weeks ago.';
COMMENT ON COLUMN config.demand.test_products IS 'The back-test forecasts at most so many products.';
COMMENT ON COLUMN config.demand.min_tests IS
'A class of demand is forecast when its products could be held against what came so many times.';
COMMENT ON COLUMN config.demand.intermittent_interval IS
'Demand is intermittent or lumpy when sales are so many weeks apart, on average, or more.';
COMMENT ON COLUMN config.demand.erratic_variation IS
'… and erratic or lumpy when the squared coefficient of variation of the units of a week with sales is so much or more.';
INSERT INTO config.demand DEFAULT VALUES ON CONFLICT DO NOTHING;

CREATE TABLE IF NOT EXISTS predict.demand_method (
    demand_class text COLLATE "C" NOT NULL,
    method text COLLATE "C" NOT NULL,
    rmsse double precision NOT NULL,
    units_expected double precision NOT NULL,
    units_came double precision NOT NULL,
    lasted double precision,
    observations bigint NOT NULL,
    origins integer NOT NULL,
    is_plain boolean NOT NULL,
    is_chosen boolean NOT NULL,
    CONSTRAINT demand_method_pkey PRIMARY KEY (demand_class, method),
    CONSTRAINT demand_method_demand_class_check CHECK (demand_class IN ('Smooth', 'Erratic', 'Intermittent', 'Lumpy'))
);
COMMENT ON TABLE predict.demand_method IS
'One row per class of demand and method: how far it erred, four weeks ahead from up to six origins.';
COMMENT ON COLUMN predict.demand_method.method IS 'Method of predict.demand_forecasts().';
COMMENT ON COLUMN predict.demand_method.rmsse IS
'Root of the mean squared scaled error of the units of four weeks: see predict.forecast_products().';
COMMENT ON COLUMN predict.demand_method.units_expected IS 'Units expected, all products and origins together.';
COMMENT ON COLUMN predict.demand_method.units_came IS 'Units that came.';
COMMENT ON COLUMN predict.demand_method.lasted IS
'Share of the four weeks that stock for the service level would have lasted; NULL: not chosen.';
COMMENT ON COLUMN predict.demand_method.observations IS 'Products and origins that were forecast.';
COMMENT ON COLUMN predict.demand_method.origins IS 'Days from which they were forecast.';
COMMENT ON COLUMN predict.demand_method.is_plain IS 'Is it the plain rule that a method must beat?';
COMMENT ON COLUMN predict.demand_method.is_chosen IS 'Are the products of the class forecast by it?';

CREATE TABLE IF NOT EXISTS predict.product_demand (
    product_id text COLLATE "C" NOT NULL,
    weeks integer NOT NULL,
    demand_weeks bigint NOT NULL,
    demand_interval numeric(10, 4) NOT NULL,
    size_variation numeric(18, 4) NOT NULL,
    demand_class text COLLATE "C" NOT NULL,
    method text COLLATE "C" NOT NULL,
    weekly_units numeric(18, 4) NOT NULL,
    weekly_error numeric(18, 4) NOT NULL,
    CONSTRAINT product_demand_pkey PRIMARY KEY (product_id)
);
COMMENT ON TABLE predict.product_demand IS
'One row per product that is forecast: its demand up to the day before the fit, and what is expected of a week.';
COMMENT ON COLUMN predict.product_demand.weeks IS 'Weeks from the first one with a sale on.';
COMMENT ON COLUMN predict.product_demand.demand_weeks IS 'Those with a sale.';
COMMENT ON COLUMN predict.product_demand.demand_interval IS 'Average interval between them in weeks: weeks / demand_weeks.';
COMMENT ON COLUMN predict.product_demand.size_variation IS
'Squared coefficient of variation of the units of a week with a sale; 0 when there is one alone.';
COMMENT ON COLUMN predict.product_demand.demand_class IS 'Smooth, Erratic, Intermittent or Lumpy: see config.demand.';
COMMENT ON COLUMN predict.product_demand.method IS 'Method that the back-test chose for the class.';
COMMENT ON COLUMN predict.product_demand.weekly_units IS 'Units expected of a week.';
COMMENT ON COLUMN predict.product_demand.weekly_error IS
'Standard error of it: how far the units of a week are from what is expected, as the back-test of the class found.';
