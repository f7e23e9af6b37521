-- The daily forecast: what it expected in its back-test, and what it expects now; and when a day counts as unusual.

CREATE TABLE IF NOT EXISTS predict.daily_backtest (
    measure text COLLATE "C" NOT NULL,
    method text COLLATE "C" NOT NULL,
    origin_date date NOT NULL,
    sale_date date NOT NULL,
    horizon_days integer NOT NULL,
    is_open boolean NOT NULL,
    expected double precision NOT NULL,
    actual double precision NOT NULL,
    scale double precision NOT NULL,
    CONSTRAINT daily_backtest_pkey PRIMARY KEY (measure, method, origin_date, sale_date),
    CONSTRAINT daily_backtest_measure_check CHECK (measure IN ('orders', 'revenue'))
);
COMMENT ON TABLE predict.daily_backtest IS
'One row per measure, method, origin and day: what the method expected of the day, knowing the days up to the origin alone.';
COMMENT ON COLUMN predict.daily_backtest.measure IS 'revenue or orders.';
COMMENT ON COLUMN predict.daily_backtest.method IS 'Method of predict.forecast_members().';
COMMENT ON COLUMN predict.daily_backtest.origin_date IS 'Last day that the method knew.';
COMMENT ON COLUMN predict.daily_backtest.horizon_days IS 'Days from origin_date to sale_date.';
COMMENT ON COLUMN predict.daily_backtest.is_open IS 'Did the shop seem to sell on this weekday, as known at the origin?';
COMMENT ON COLUMN predict.daily_backtest.scale IS
'Mean absolute difference of the days up to the origin from the same weekday a week before.';

CREATE TABLE IF NOT EXISTS predict.forecast_method (
    model_name text COLLATE "C" NOT NULL,
    method text COLLATE "C" NOT NULL,
    mase double precision,
    wape double precision,
    coverage_80 double precision,
    coverage_95 double precision,
    observations bigint NOT NULL,
    origins bigint NOT NULL,
    is_chosen boolean NOT NULL DEFAULT false,
    CONSTRAINT forecast_method_pkey PRIMARY KEY (model_name, method)
);
COMMENT ON TABLE predict.forecast_method IS
'One row per forecast model and method: its errors in the back-test, from predict.forecast_errors().';
COMMENT ON COLUMN predict.forecast_method.model_name IS 'revenue_forecast or order_forecast.';
COMMENT ON COLUMN predict.forecast_method.method IS 'Method of predict.forecast_members().';
COMMENT ON COLUMN predict.forecast_method.is_chosen IS 'Is the forecast made by it?';

CREATE TABLE IF NOT EXISTS predict.daily_forecast (
    measure text COLLATE "C" NOT NULL,
    forecast_date date NOT NULL,
    horizon_days integer NOT NULL,
    method text COLLATE "C" NOT NULL,
    expected double precision NOT NULL,
    lower_80 double precision NOT NULL,
    upper_80 double precision NOT NULL,
    lower_95 double precision NOT NULL,
    upper_95 double precision NOT NULL,
    as_of date NOT NULL,
    CONSTRAINT daily_forecast_pkey PRIMARY KEY (measure, forecast_date),
    CONSTRAINT daily_forecast_measure_check CHECK (measure IN ('orders', 'revenue'))
);
COMMENT ON TABLE predict.daily_forecast IS 'One row per measure and day to come: what is expected of it.';
COMMENT ON COLUMN predict.daily_forecast.measure IS 'revenue or orders.';
COMMENT ON COLUMN predict.daily_forecast.horizon_days IS 'Days from as_of to forecast_date.';
COMMENT ON COLUMN predict.daily_forecast.method IS 'Method of predict.forecast_members() that the back-test chose.';
COMMENT ON COLUMN predict.daily_forecast.lower_80 IS 'The day stays above with nine chances in ten.';
COMMENT ON COLUMN predict.daily_forecast.upper_80 IS 'The day stays below with nine chances in ten.';
COMMENT ON COLUMN predict.daily_forecast.lower_95 IS 'The day stays above with 39 chances in 40.';
COMMENT ON COLUMN predict.daily_forecast.upper_95 IS 'The day stays below with 39 chances in 40.';
COMMENT ON COLUMN predict.daily_forecast.as_of IS 'Last whole day that the forecast knows.';

CREATE TABLE IF NOT EXISTS config.sales_anomaly (
    is_only_row boolean NOT NULL DEFAULT true,
    min_deviation numeric(6, 3) NOT NULL DEFAULT 2.576,
    warn_deviation numeric(6, 3) NOT NULL DEFAULT 4,
    warn_days integer NOT NULL DEFAULT 7,
    CONSTRAINT sales_anomaly_pkey PRIMARY KEY (is_only_row),
    CONSTRAINT sales_anomaly_is_only_row_check CHECK (is_only_row),
    CONSTRAINT sales_anomaly_min_deviation_check CHECK (min_deviation > 0 AND min_deviation <> 'NaN'),
    CONSTRAINT sales_anomaly_warn_deviation_check CHECK (warn_deviation > 0 AND warn_deviation <> 'NaN'),
    CONSTRAINT sales_anomaly_warn_days_check CHECK (warn_days >= 0)
);
COMMENT ON TABLE config.sales_anomaly IS 'One row: when a day''s sales count as unusual.';
COMMENT ON COLUMN config.sales_anomaly.is_only_row IS 'Holds the table to one row.';
COMMENT ON COLUMN config.sales_anomaly.min_deviation IS
'A day is unusual beyond so many robust standard deviations: 2.576 leaves out one ordinary day in a hundred.';
COMMENT ON COLUMN config.sales_anomaly.warn_deviation IS
'The assertion no_recent_anomaly warns beyond so many: with min_deviation one ordinary week in ten would make it warn.';
COMMENT ON COLUMN config.sales_anomaly.warn_days IS 'The assertion no_recent_anomaly looks at the last so many days.';
INSERT INTO config.sales_anomaly DEFAULT VALUES ON CONFLICT DO NOTHING;

-- One definition of an unusual day.
UPDATE config.insight_rule
SET
    description = 'Days of the last 90 whose revenue stands out (analytics.sales_anomalies); min_figure: distance from what was '
    'expected in robust standard deviations.'
WHERE rule_name = 'unusual_day';
