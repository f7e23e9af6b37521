CREATE OR REPLACE FUNCTION predict.interval_bound(
    p_expected double precision,
    p_horizon_days integer,
    p_calibration double precision[],
    p_quantile integer
)
RETURNS double precision
LANGUAGE sql
IMMUTABLE
AS $$
    -- Returns one end of an interval around a forecast. The forecast itself is always inside, and no end is below 0.
    --
    -- p_calibration  predict.calibrate_intervals()
    -- p_quantile     1 to 4: the quantile 0.025, 0.1, 0.9, 0.975
    SELECT greatest(
        CASE WHEN p_quantile <= 2 THEN 0 ELSE p_expected END,
        CASE WHEN e.root > 1e-150 THEN e.root ^ 2 ELSE 0 END
    )
    FROM (
        SELECT
            sqrt(p_expected) + sqrt(p_calibration[1] + p_calibration[2] * p_horizon_days) * CASE
                WHEN p_quantile <= 2 THEN least(0, p_calibration[2 + p_quantile])
                ELSE greatest(0, p_calibration[2 + p_quantile])
            END AS root
    ) AS e
$$;
