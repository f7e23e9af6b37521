CREATE MATERIALIZED VIEW analytics.model_backtests AS
SELECT
    b.model_name,
    b.measure,
    b.value::numeric(18, 4) AS value,
    b.compared_with,
    b.compared_value::numeric(18, 4) AS compared_value,
    b.is_better,
    b.observations,
    b.origins,
    b.as_of,
    b.finding
FROM predict.backtest AS b;

CREATE UNIQUE INDEX model_backtests_model_name_measure_key ON analytics.model_backtests (model_name, measure);

COMMENT ON MATERIALIZED VIEW analytics.model_backtests IS
'One row per model and measure of its error: fitted without the last days of the shop''s own data, then held against them.';
COMMENT ON COLUMN analytics.model_backtests.model_name IS 'A model of analytics.model_quality.';
COMMENT ON COLUMN analytics.model_backtests.measure IS
'MAE: mean error a customer. total_error: by how many percent all together were missed. Models may have others.';
COMMENT ON COLUMN analytics.model_backtests.value IS
'What the model reached, in the unit of its measure; NULL: it could not be tested.';
COMMENT ON COLUMN analytics.model_backtests.compared_with IS 'The plain rule that a model must beat; NULL: none.';
COMMENT ON COLUMN analytics.model_backtests.compared_value IS 'What the plain rule reached, in the unit of the measure.';
COMMENT ON COLUMN analytics.model_backtests.is_better IS 'Is the model better than the plain rule? NULL: nothing to compare.';
COMMENT ON COLUMN analytics.model_backtests.observations IS 'Customers, days and the like that were predicted.';
COMMENT ON COLUMN analytics.model_backtests.origins IS 'Days from which it was predicted.';
COMMENT ON COLUMN analytics.model_backtests.as_of IS 'config.clock.as_of when it was made.';
COMMENT ON COLUMN analytics.model_backtests.finding IS 'What was found, in a sentence.';
