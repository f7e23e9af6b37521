CREATE OR REPLACE FUNCTION predict.calibrate_intervals(
    p_expected double precision[],
    p_actual double precision[],
    p_horizon_days integer[],
    p_spreads double precision[],
    p_spread double precision
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
    -- (Bartlett 1936), and measured by how far days were apart when the forecast was made, so that a shop that has become calmer
    -- soon gets narrower intervals, and a restless one wider (normalized: Papadopoulos, Gammerman and Vovk 2008; locally weighted:
    -- Lei and others 2018). That doubles an error at most and halves it at most: eight weeks with next to no sales would make
    -- later errors endless. Then they are divided by their size, whose square grows in a straight line with the horizon, as the
    -- error of a level that wanders does.
    --
    -- p_spreads  predict.local_spread() of the days that each of these forecasts knew. Where it is 0 or NULL, an error is taken as
    --            it is. Amounts and spreads below a billionth count as none: their squares could be too small for the server
    -- p_spread   the same of the days that the forecast knows which the intervals are for
    --
    -- Returns what predict.interval_bound() needs: the square of the errors' size at horizon 0, its growth a day, and the quantiles
    -- 0.025, 0.1, 0.9 and 0.975 of the errors in units of their size, with the correction for small samples.
    WITH

    errors AS (
        SELECT
            (sqrt(greatest(1e-9, e.actual)) - sqrt(greatest(1e-9, e.expected))) * CASE
                WHEN e.spread > 1e-9 THEN greatest(0.5, least(2, greatest(1e-9, coalesce(p_spread, e.spread)) / e.spread))
                ELSE 1
            END AS error,
            e.horizon_days
        FROM unnest(p_expected, p_actual, p_horizon_days, p_spreads) AS e (expected, actual, horizon_days, spread)
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
