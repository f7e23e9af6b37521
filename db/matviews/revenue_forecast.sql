CREATE MATERIALIZED VIEW analytics.revenue_forecast AS
WITH

forecasts AS (
    SELECT f.*
    FROM predict.daily_forecast AS f
    INNER JOIN predict.model AS m
        ON m.is_usable AND m.model_name = CASE f.measure WHEN 'revenue' THEN 'revenue_forecast' ELSE 'order_forecast' END
),

revenue AS (
    SELECT f.*
    FROM forecasts AS f
    WHERE f.measure = 'revenue'
),

orders AS (
    SELECT f.*
    FROM forecasts AS f
    WHERE f.measure = 'orders'
)

SELECT
    coalesce(r.forecast_date, o.forecast_date) AS forecast_date,
    coalesce(r.horizon_days, o.horizon_days) AS horizon_days,
    CASE WHEN coalesce(r.horizon_days, o.horizon_days) <= 28 THEN 28 ELSE 90 END AS horizon,
    r.expected::numeric(18, 2) AS expected_revenue,
    r.lower_80::numeric(18, 2) AS revenue_lower_80,
    r.upper_80::numeric(18, 2) AS revenue_upper_80,
    r.lower_95::numeric(18, 2) AS revenue_lower_95,
    r.upper_95::numeric(18, 2) AS revenue_upper_95,
    o.expected::numeric(18, 2) AS expected_orders,
    o.lower_80::numeric(18, 2) AS orders_lower_80,
    o.upper_80::numeric(18, 2) AS orders_upper_80,
    o.lower_95::numeric(18, 2) AS orders_lower_95,
    o.upper_95::numeric(18, 2) AS orders_upper_95,
    r.method AS revenue_method,
    o.method AS orders_method,
    coalesce(r.as_of, o.as_of) AS as_of
FROM revenue AS r
FULL JOIN orders AS o ON r.forecast_date = o.forecast_date;

CREATE UNIQUE INDEX revenue_forecast_forecast_date_key ON analytics.revenue_forecast (forecast_date);

COMMENT ON MATERIALIZED VIEW analytics.revenue_forecast IS
'One row per day of the 90 after the last whole day: what it is expected to bring. Empty while there is not enough data; '
'predict.model says why.';
COMMENT ON COLUMN analytics.revenue_forecast.forecast_date IS 'Key. Day that is forecast, in the shop''s time zone.';
COMMENT ON COLUMN analytics.revenue_forecast.horizon_days IS 'Days from as_of to forecast_date, 1 to 90.';
COMMENT ON COLUMN analytics.revenue_forecast.horizon IS
'28: a day of the first 28, over which the back-test measured the error; 90: a later one, whose interval goes on from there.';
COMMENT ON COLUMN analytics.revenue_forecast.expected_revenue IS
'Revenue expected: that of the method in revenue_method; 0 on weekdays on which the shop does not sell.';
COMMENT ON COLUMN analytics.revenue_forecast.revenue_lower_80 IS
'Lower end of the 80 % interval: of ten days one brings less; learnt from the errors of the back-test.';
COMMENT ON COLUMN analytics.revenue_forecast.revenue_upper_80 IS
'Upper end of the 80 % interval: of ten days one brings more; learnt from the errors of the back-test.';
COMMENT ON COLUMN analytics.revenue_forecast.revenue_lower_95 IS 'Lower end of the 95 % interval: of 40 days one brings less.';
COMMENT ON COLUMN analytics.revenue_forecast.revenue_upper_95 IS 'Upper end of the 95 % interval: of 40 days one brings more.';
COMMENT ON COLUMN analytics.revenue_forecast.expected_orders IS
'Completed orders expected: those of the method in orders_method; 0 on weekdays on which the shop does not sell.';
COMMENT ON COLUMN analytics.revenue_forecast.orders_lower_80 IS
'Lower end of the 80 % interval: of ten days one has fewer completed orders.';
COMMENT ON COLUMN analytics.revenue_forecast.orders_upper_80 IS
'Upper end of the 80 % interval: of ten days one has more completed orders.';
COMMENT ON COLUMN analytics.revenue_forecast.orders_lower_95 IS
'Lower end of the 95 % interval: of 40 days one has fewer completed orders.';
COMMENT ON COLUMN analytics.revenue_forecast.orders_upper_95 IS
'Upper end of the 95 % interval: of 40 days one has more completed orders.';
COMMENT ON COLUMN analytics.revenue_forecast.revenue_method IS
'Method that the back-test chose for revenue: ensemble, smoothing, theta, weekday_mean or seasonal_naive.';
COMMENT ON COLUMN analytics.revenue_forecast.orders_method IS 'Method that the back-test chose for orders.';
COMMENT ON COLUMN analytics.revenue_forecast.as_of IS
'Last whole day that the forecast knows: the day before the newest order, whose day may still be filling up.';
