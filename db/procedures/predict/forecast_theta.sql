CREATE OR REPLACE FUNCTION predict.forecast_theta(p_values double precision[], p_period integer, p_horizon integer)
RETURNS double precision[]
LANGUAGE plpgsql
IMMUTABLE
AS $$
DECLARE
    v_count integer := cardinality(p_values);
    v_is_multiplicative boolean := (SELECT min(v.value) > 0 FROM unnest(p_values) AS v (value));
    v_season double precision[] := predict.weekly_factors(p_values, p_period, v_is_multiplicative);
    v_rest double precision[];
    v_start double precision;
    v_slope double precision;
    v_weights double precision[];
    v_level double precision;
    v_lag double precision;
BEGIN
    -- Forecasts by the Theta method (Assimakopoulos and Nikolopoulos 2000) on the values without their weekly season, as simple
    -- exponential smoothing with half the slope of the regression line for a drift (Hyndman and Billah 2003, equation 4).
    SELECT
        array_agg(r.value ORDER BY r.position),
        avg(r.value) FILTER (WHERE r.position <= 4 * p_period),
        regr_slope(r.value, r.position)
    INTO v_rest, v_start, v_slope
    FROM (
        SELECT
            v.position,
            CASE WHEN v_is_multiplicative THEN v.value / f.factor ELSE v.value - f.factor END AS value
        FROM unnest(p_values) WITH ORDINALITY AS v (value, position)
        INNER JOIN unnest(v_season) WITH ORDINALITY AS f (factor, place) ON (v.position - 1) % p_period + 1 = f.place
    ) AS r;
    v_weights := (predict.search_weights(v_rest, '{0}', v_start, false, '{0.1, 0, 0, 0}')).weights;
    v_level := (predict.smooth(v_rest, '{0}', v_start, false, v_weights, 1))[2];
    -- A power below 1e-304 is none: the server would refuse it as an underflow.
    v_lag := (1 - CASE WHEN v_count * ln(1 - v_weights[1]) > -700 THEN (1 - v_weights[1]) ^ v_count ELSE 0 END) / v_weights[1];
    RETURN (
        SELECT array_agg(
            CASE WHEN v_is_multiplicative THEN l.level * v_season[l.place] ELSE l.level + v_season[l.place] END ORDER BY l.step
        )
        FROM (
            SELECT
                g.step,
                (v_count + g.step - 1) % p_period + 1 AS place,
                v_level + v_slope / 2 * (g.step - 1 + v_lag) AS level
            FROM generate_series(1, p_horizon) AS g (step)
        ) AS l
    );
END
$$;
