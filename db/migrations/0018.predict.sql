-- Models that are fitted inside the database: what they found, how far they err, and the settings of all of them.

CREATE SCHEMA IF NOT EXISTS predict;
COMMENT ON SCHEMA predict IS 'Fitted models, their scores and their errors. Written by predict.update_models() alone.';

CREATE TABLE IF NOT EXISTS config.prediction (
    is_only_row boolean NOT NULL DEFAULT true,
    horizon_days integer NOT NULL DEFAULT 90,
    value_days integer NOT NULL DEFAULT 365,
    discount_rate numeric(6, 4) NOT NULL DEFAULT 0.1,
    holdout_days integer NOT NULL DEFAULT 90,
    refit_days integer NOT NULL DEFAULT 7,
    refit_growth numeric(6, 4) NOT NULL DEFAULT 0.05,
    min_customers integer NOT NULL DEFAULT 100,
    min_repeat_customers integer NOT NULL DEFAULT 30,
    CONSTRAINT prediction_pkey PRIMARY KEY (is_only_row),
    CONSTRAINT prediction_is_only_row_check CHECK (is_only_row),
    CONSTRAINT prediction_horizon_days_check CHECK (horizon_days BETWEEN 1 AND 730),
    CONSTRAINT prediction_value_days_check CHECK (value_days BETWEEN 1 AND 3650),
    CONSTRAINT prediction_discount_rate_check CHECK (discount_rate >= 0 AND discount_rate <= 1),
    CONSTRAINT prediction_holdout_days_check CHECK (holdout_days BETWEEN 7 AND 730),
    CONSTRAINT prediction_refit_days_check CHECK (refit_days BETWEEN 1 AND 365),
    CONSTRAINT prediction_refit_growth_check CHECK (refit_growth > 0 AND refit_growth <= 10),
    CONSTRAINT prediction_min_customers_check CHECK (min_customers >= 10),
    CONSTRAINT prediction_min_repeat_customers_check CHECK (min_repeat_customers BETWEEN 5 AND min_customers)
);
COMMENT ON TABLE config.prediction IS
'One row: how models look ahead, when they are fitted again, and how much they must have seen.';
COMMENT ON COLUMN config.prediction.is_only_row IS 'Holds the table to one row.';
COMMENT ON COLUMN config.prediction.horizon_days IS
'Purchases and revenue are expected for so many days after config.clock.as_of.';
COMMENT ON COLUMN config.prediction.value_days IS
'What a customer is worth is counted over so many days after config.clock.as_of.';
COMMENT ON COLUMN config.prediction.discount_rate IS
'What money costs a year: 0.1 makes 110 in a year worth 100 today. 0: later money counts in full.';
COMMENT ON COLUMN config.prediction.holdout_days IS
'A back-test fits a model without the last so many days and holds what it expected for them against what came.';
COMMENT ON COLUMN config.prediction.refit_days IS
'A model is fitted again when it is so many days old by config.clock.as_of.';
COMMENT ON COLUMN config.prediction.refit_growth IS
'A model is fitted again when what it is fitted on has grown or shrunk by more than this share: 0.05 is 5 percent.';
COMMENT ON COLUMN config.prediction.min_customers IS 'Customers are judged when so many have bought.';
COMMENT ON COLUMN config.prediction.min_repeat_customers IS
'Customers are judged when so many have come back on another day.';
INSERT INTO config.prediction DEFAULT VALUES ON CONFLICT DO NOTHING;

CREATE TABLE IF NOT EXISTS config.churn_risk (
    churn_risk text COLLATE "C" NOT NULL,
    from_probability numeric(5, 4) NOT NULL,
    CONSTRAINT churn_risk_pkey PRIMARY KEY (churn_risk),
    CONSTRAINT churn_risk_from_probability_key UNIQUE (from_probability),
    CONSTRAINT churn_risk_churn_risk_check CHECK (churn_risk IN ('Low', 'Medium', 'High')),
    CONSTRAINT churn_risk_from_probability_check CHECK (
        CASE churn_risk WHEN 'Low' THEN from_probability = 0 ELSE from_probability > 0 AND from_probability < 1 END
    )
);
COMMENT ON TABLE config.churn_risk IS
'One row per band of churn risk: from which chance on that the customer will not come back.';
COMMENT ON COLUMN config.churn_risk.churn_risk IS 'Name of the band; the three names are fixed.';
COMMENT ON COLUMN config.churn_risk.from_probability IS
'A customer is in the last band whose chance is reached: 0.3 is 30 percent.';
INSERT INTO config.churn_risk (churn_risk, from_probability)
VALUES
('Low', 0),
('Medium', 0.3),
('High', 0.7)
ON CONFLICT DO NOTHING;

CREATE TABLE IF NOT EXISTS predict.model (
    model_name text COLLATE "C" NOT NULL,
    description text NOT NULL DEFAULT '',
    fitted_at timestamptz NOT NULL,
    fitted_as_of date NOT NULL,
    observations bigint,
    parameters jsonb NOT NULL DEFAULT '{}',
    log_likelihood double precision,
    is_converged boolean NOT NULL DEFAULT false,
    is_usable boolean NOT NULL,
    reason text,
    fit_seconds numeric(12, 3),
    settings jsonb NOT NULL,
    is_refit_wanted boolean NOT NULL DEFAULT false,
    CONSTRAINT model_pkey PRIMARY KEY (model_name),
    CONSTRAINT model_reason_check CHECK (is_usable = (reason IS NULL))
);
COMMENT ON TABLE predict.model IS 'One row per model: what its last fit found.';
COMMENT ON COLUMN predict.model.model_name IS 'X of the procedure predict.fit_X() that fits it.';
COMMENT ON COLUMN predict.model.description IS 'What it tells: the comment of the procedure.';
COMMENT ON COLUMN predict.model.fitted_at IS 'When it was last tried to fit it.';
COMMENT ON COLUMN predict.model.fitted_as_of IS 'config.clock.as_of then.';
COMMENT ON COLUMN predict.model.observations IS 'What it was fitted on: customers, days …; NULL: an error came first.';
COMMENT ON COLUMN predict.model.parameters IS 'The parameters by name.';
COMMENT ON COLUMN predict.model.log_likelihood IS 'At these parameters; NULL for models that have none.';
COMMENT ON COLUMN predict.model.is_converged IS 'Did the search for the parameters end where it can get no better?';
COMMENT ON COLUMN predict.model.is_usable IS 'false: what would be predicted by it is NULL.';
COMMENT ON COLUMN predict.model.reason IS 'Why it is not usable, for people; NULL when it is.';
COMMENT ON COLUMN predict.model.fit_seconds IS 'How long the fit and its back-test took.';
COMMENT ON COLUMN predict.model.settings IS 'config.prediction as it was then: other settings, another fit.';
COMMENT ON COLUMN predict.model.is_refit_wanted IS 'true: the next refresh fits it again. Set it by UPDATE.';

CREATE TABLE IF NOT EXISTS predict.backtest (
    model_name text COLLATE "C" NOT NULL,
    measure text COLLATE "C" NOT NULL,
    value double precision,
    compared_with text,
    compared_value double precision,
    is_better boolean,
    observations bigint NOT NULL,
    origins integer NOT NULL DEFAULT 1,
    as_of date NOT NULL,
    finding text NOT NULL,
    CONSTRAINT backtest_pkey PRIMARY KEY (model_name, measure)
);
COMMENT ON TABLE predict.backtest IS
'One row per model and measure of its error: fitted without the last days of the shop''s own data, then held against them.';
COMMENT ON COLUMN predict.backtest.measure IS 'Such as MAE, MASE, WAPE, coverage_80, hit_rate.';
COMMENT ON COLUMN predict.backtest.value IS 'The measure of the model; NULL: it cannot be told.';
COMMENT ON COLUMN predict.backtest.compared_with IS
'A plain rule that a model must beat, in words; NULL: the measure stands alone.';
COMMENT ON COLUMN predict.backtest.compared_value IS 'The same measure of the plain rule.';
COMMENT ON COLUMN predict.backtest.is_better IS 'Is the model better than the plain rule? NULL: nothing to compare.';
COMMENT ON COLUMN predict.backtest.observations IS 'Customers, days … that were predicted.';
COMMENT ON COLUMN predict.backtest.origins IS 'Days from which it was predicted.';
COMMENT ON COLUMN predict.backtest.as_of IS 'config.clock.as_of when it was made.';
COMMENT ON COLUMN predict.backtest.finding IS 'What was found, as a sentence for people.';

CREATE TABLE IF NOT EXISTS rollup.customer_purchases (
    customer_id text COLLATE "C" NOT NULL,
    first_date date NOT NULL,
    last_date date NOT NULL,
    repeat_days bigint NOT NULL,
    repeat_revenue numeric(18, 2) NOT NULL,
    CONSTRAINT customer_purchases_pkey PRIMARY KEY (customer_id)
);
COMMENT ON TABLE rollup.customer_purchases IS
'One row per customer who has bought by config.clock.as_of: what models of customers need to know. Later orders are not in it.';
COMMENT ON COLUMN rollup.customer_purchases.first_date IS 'First day with a completed order.';
COMMENT ON COLUMN rollup.customer_purchases.last_date IS 'Last day with a completed order.';
COMMENT ON COLUMN rollup.customer_purchases.repeat_days IS 'Days with a completed order, the first day not counted.';
COMMENT ON COLUMN rollup.customer_purchases.repeat_revenue IS 'Revenue of these days.';
ALTER TABLE rollup.customer_purchases SET (fillfactor = 90, autovacuum_vacuum_scale_factor = 0.05);

CREATE TABLE IF NOT EXISTS predict.purchase_outlook (
    repeat_days bigint NOT NULL,
    age_days integer NOT NULL,
    expected_purchases double precision NOT NULL,
    valued_purchases double precision NOT NULL,
    CONSTRAINT purchase_outlook_pkey PRIMARY KEY (repeat_days, age_days)
);
COMMENT ON TABLE predict.purchase_outlook IS
'One row per repeat_days and age of customers that there have been since the fit: what one who is still a customer will do.';
COMMENT ON COLUMN predict.purchase_outlook.repeat_days IS 'As in rollup.customer_purchases.';
COMMENT ON COLUMN predict.purchase_outlook.age_days IS 'Days since the first purchase.';
COMMENT ON COLUMN predict.purchase_outlook.expected_purchases IS
'Days with a purchase expected within config.prediction.horizon_days.';
COMMENT ON COLUMN predict.purchase_outlook.valued_purchases IS
'Days with a purchase expected within config.prediction.value_days, each discounted to today.';
