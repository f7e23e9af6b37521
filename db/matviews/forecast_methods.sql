CREATE MATERIALIZED VIEW analytics.forecast_methods AS
SELECT
    f.model_name,
    f.method,
    f.mase::numeric(10, 4) AS mase,
    (100 * f.wape)::numeric(10, 4) AS wape,
    (100 * f.coverage_80)::numeric(7, 4) AS coverage_80,
    (100 * f.coverage_95)::numeric(7, 4) AS coverage_95,
    f.observations,
    f.origins,
    f.is_chosen
FROM predict.forecast_method AS f
INNER JOIN predict.model AS m ON f.model_name = m.model_name AND m.is_usable;

CREATE UNIQUE INDEX forecast_methods_model_name_method_key ON analytics.forecast_methods (model_name, method);

COMMENT ON MATERIALIZED VIEW analytics.forecast_methods IS
'One row per forecast model and method: how far it erred on the shop''s own past, 28 days ahead from up to six origins 28 days '
'apart, knowing the days up to the origin alone.';
COMMENT ON COLUMN analytics.forecast_methods.model_name IS 'Key. revenue_forecast or order_forecast.';
COMMENT ON COLUMN analytics.forecast_methods.method IS
'Key. seasonal_naive: the last week repeated; weekday_mean: mean of the last four same weekdays; smoothing: exponential '
'smoothing; theta; ensemble: the median of these four.';
COMMENT ON COLUMN analytics.forecast_methods.mase IS
'Mean absolute scaled error: mean absolute error / mean absolute difference of days from the same weekday a week before, up '
'to the origin (Hyndman and Koehler 2006).';
COMMENT ON COLUMN analytics.forecast_methods.wape IS
'Weighted absolute percentage error in percent: 100 × sum of absolute errors / sum of what came.';
COMMENT ON COLUMN analytics.forecast_methods.coverage_80 IS
'Share of the days within their 80 % interval, in percent, where the intervals of an origin were learnt from the others; '
'closed days do not count.';
COMMENT ON COLUMN analytics.forecast_methods.coverage_95 IS 'The same for the 95 % interval, in percent.';
COMMENT ON COLUMN analytics.forecast_methods.observations IS 'Days that were forecast.';
COMMENT ON COLUMN analytics.forecast_methods.origins IS 'Days from which they were forecast.';
COMMENT ON COLUMN analytics.forecast_methods.is_chosen IS
'Is the forecast made by it? The ensemble, unless the seasonal naive method had a lower mase; then the method with the lowest.';
