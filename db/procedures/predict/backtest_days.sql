CREATE OR REPLACE FUNCTION predict.backtest_days(p_values double precision[], p_orders double precision[])
RETURNS TABLE (
    method text,
    known_days integer,
    horizon_days integer,
    is_open boolean,
    expected double precision,
    actual double precision,
    scale double precision,
    spread double precision
)
LANGUAGE plpgsql
IMMUTABLE
AS $$
DECLARE
    v_count integer := cardinality(p_values);
BEGIN
    -- Forecasts the past by predict.forecast_members(): 28 days from each of up to six origins, 28 days apart, that have at least
    -- 28 days before them; each time from the days up to the origin alone (rolling origin: Tashman 2000).
    --
    -- Returns the forecasts beside what came, and as scale the mean absolute error of the seasonal naive method one step ahead
    -- within the known days, which the MASE divides by (Hyndman and Koehler 2006), and as spread
    -- their predict.local_spread().
    --
    -- p_values, p_orders  predict.daily_history(), at least 56 days
    FOR v_origin IN REVERSE least(6, v_count / 28 - 1)..1 LOOP
        known_days := v_count - 28 * v_origin;
        RETURN QUERY
        SELECT
            f.method,
            known_days,
            f.horizon_days,
            f.is_open,
            f.expected,
            p_values[known_days + f.horizon_days],
            s.scale,
            predict.local_spread(p_values[:known_days])
        FROM predict.forecast_members(p_values[:known_days], predict.open_weekdays(p_orders[:known_days]), 28) AS f
        CROSS JOIN (
            SELECT avg(abs(d.value - p_values[d.position - 7])) AS scale
            FROM unnest(p_values[:known_days]) WITH ORDINALITY AS d (value, position)
            WHERE d.position > 7
        ) AS s;
    END LOOP;
END
$$;
