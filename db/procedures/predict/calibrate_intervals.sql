CREATE OR REPLACE FUNCTION predict.calibrate_intervals(
    p_expected double precision[],
    p_actual double precision[],
    p_horizon_days integer[]
)
RETURNS double precision[]
LANGUAGE plpgsql
IMMUTABLE
AS $$
DECLARE
    v_calibration double precision[];
BEGIN
    -- Learns how far days are from their forecast, out of forecasts of the past: split conformal prediction (Vovk, Gammerman and
    -- Shafer 2005; Lei and others 2018). Errors are taken between square roots, which evens out that large days vary more
    -- (Bartlett 1936), and divided by their spread, whose square grows in a straight line with the horizon, as the error of a
    -- level that wanders does.
    --
    -- Returns what predict.interval_bound() needs: the square of the spread at horizon 0, its growth a day, and the quantiles
    -- 0.025, 0.1, 0.9 and 0.975 of the errors in units of their spread, with the correction for small samples.
    WITH

    errors AS (
        SELECT
            sqrt(greatest(0, e.actual)) - sqrt(e.expected) AS error,
            e.horizon_days
        FROM unnest(p_expected, p_actual, p_horizon_days) AS e (expected, actual, horizon_days)
    ),

    growth AS (
        SELECT
            avg(e.error ^ 2) AS mean,
            avg(e.horizon_days) AS middle,
            -- So that at horizon 0 a tenth of the mean is left.
            least(
                greatest(0, coalesce(regr_slope(e.error ^ 2, e.horizon_days), 0)), 0.9 * avg(e.error ^ 2) / avg(e.horizon_days)
            ) AS slope
        FROM errors AS e
    ),

    scaled AS (
        SELECT
            count(*) AS number,
            array_agg(s.error ORDER BY s.error) AS errors
        FROM (
            SELECT coalesce(e.error / nullif(sqrt(g.mean + g.slope * (e.horizon_days - g.middle)), 0), 0) AS error
            FROM errors AS e
            CROSS JOIN growth AS g
        ) AS s
    )

    SELECT
        ARRAY[
            g.mean - g.slope * g.middle,
            g.slope,
            s.errors[greatest(1, floor((s.number + 1) * 0.025)::integer)],
            s.errors[greatest(1, floor((s.number + 1) * 0.1)::integer)],
            s.errors[least(s.number, ceil((s.number + 1) * 0.9))::integer],
            s.errors[least(s.number, ceil((s.number + 1) * 0.975))::integer]
        ]
    INTO v_calibration
    FROM growth AS g
    CROSS JOIN scaled AS s;
    RETURN v_calibration;
END
$$;
