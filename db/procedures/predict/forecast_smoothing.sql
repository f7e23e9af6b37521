CREATE OR REPLACE FUNCTION predict.forecast_smoothing(p_values double precision[], p_period integer, p_horizon integer)
RETURNS double precision[]
LANGUAGE plpgsql
IMMUTABLE
AS $$
DECLARE
    v_count integer := cardinality(p_values);
    v_can_multiply boolean := (SELECT min(v.value) > 0 FROM unnest(p_values) AS v (value));
    v_season double precision[];
    v_level double precision;
    v_found record;
    v_fit double precision := 'Infinity'::double precision;
    v_best record;
    v_start double precision[] := '{0.1, 0.05, 0, 0}'::double precision[];
    v_parameters integer := p_period + 3;
BEGIN
    -- Forecasts by exponential smoothing with a weekly season: additive, or multiplicative where all values are above 0; then
    -- with a damped trend beside the better of the two. The least AICc decides (Hyndman, Koehler, Snyder and Grose 2002).
    --
    -- The season begins as the average one of the values, the level as their average over the first four seasons.
    IF p_period = 1 THEN
        v_start[2] := 0;
    END IF;
    FOR v_is_multiplicative IN 0..v_can_multiply::integer LOOP
        v_season := predict.weekly_factors(p_values, p_period, v_is_multiplicative = 1);
        SELECT avg(v.value)
        INTO v_level
        FROM unnest(p_values[:4 * p_period]) AS v (value);
        SELECT
            s.weights,
            s.fit,
            v_season AS season,
            v_is_multiplicative = 1 AS is_multiplicative
        INTO v_found
        FROM predict.search_weights(p_values, v_season, v_level, v_is_multiplicative = 1, v_start) AS s;
        -- Both have as many parameters, so that the likelihood decides.
        IF v_found.fit < v_fit THEN
            v_best := v_found;
            v_fit := v_found.fit;
        END IF;
    END LOOP;

    -- A trend is two parameters more; for fewer values than this there is no AICc.
    IF v_count > v_parameters + 3 THEN
        SELECT
            s.weights,
            s.fit,
            v_best.season AS season,
            v_best.is_multiplicative AS is_multiplicative
        INTO v_found
        FROM predict.search_weights(
            p_values, v_best.season, v_level, v_best.is_multiplicative, v_best.weights[1:2] || '{0.1, 0.1}'::double precision[]
        ) AS s;
        IF
            v_found.fit + 2.0 * (v_parameters + 2) * v_count / (v_count - v_parameters - 3)
            < v_best.fit + 2.0 * v_parameters * v_count / (v_count - v_parameters - 1)
        THEN
            v_best := v_found;
        END IF;
    END IF;
    RETURN (predict.smooth(p_values, v_best.season, v_level, v_best.is_multiplicative, v_best.weights, p_horizon))[2:];
END
$$;
