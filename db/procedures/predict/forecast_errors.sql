CREATE OR REPLACE FUNCTION predict.forecast_errors(p_measure text)
RETURNS TABLE (
    method text,
    mase double precision,
    wape double precision,
    coverage_80 double precision,
    coverage_95 double precision,
    observations bigint,
    origins bigint
)
LANGUAGE plpgsql
AS $$
BEGIN
    -- Returns the errors of each method over predict.daily_backtest:
    --
    -- mase         mean absolute error, each origin's divided by its scale (Hyndman and Koehler 2006); NULL with a scale of 0
    -- wape         sum of absolute errors / sum of what came; NULL when nothing came
    -- coverage_80  share of the days inside their interval, where the interval of an origin was learnt from all other
    --              origins; closed days do not count; NULL with one origin alone
    RETURN QUERY
    WITH

    days AS (
        SELECT b.*
        FROM predict.daily_backtest AS b
        WHERE b.measure = p_measure
    ),

    -- Intervals for the days of each origin, out of the others.
    calibrations AS (
        SELECT
            d.method,
            o.origin_date,
            predict.calibrate_intervals(
                array_agg(d.expected), array_agg(d.actual), array_agg(d.horizon_days), array_agg(d.spread), o.spread
            ) AS calibration
        FROM days AS d
        INNER JOIN (SELECT DISTINCT days.origin_date, days.spread FROM days) AS o ON d.origin_date <> o.origin_date
        WHERE d.is_open
        GROUP BY d.method, o.origin_date, o.spread
    ),

    covered AS (
        SELECT
            d.*,
            d.actual BETWEEN predict.interval_bound(d.expected, d.horizon_days, c.calibration, 2)
            AND predict.interval_bound(d.expected, d.horizon_days, c.calibration, 3) AS is_in_80,
            d.actual BETWEEN predict.interval_bound(d.expected, d.horizon_days, c.calibration, 1)
            AND predict.interval_bound(d.expected, d.horizon_days, c.calibration, 4) AS is_in_95
        FROM days AS d
        LEFT JOIN calibrations AS c ON d.is_open AND d.method = c.method AND d.origin_date = c.origin_date
    )

    SELECT
        c.method,
        CASE WHEN min(c.scale) > 0 THEN avg(abs(c.actual - c.expected) / nullif(c.scale, 0)) END,
        sum(abs(c.actual - c.expected)) / nullif(sum(c.actual), 0),
        avg(c.is_in_80::integer)::double precision,
        avg(c.is_in_95::integer)::double precision,
        count(*),
        count(DISTINCT c.origin_date)
    FROM covered AS c
    GROUP BY c.method;
END
$$;
