CREATE OR REPLACE FUNCTION predict.smooth(
    p_values double precision[],
    p_season double precision[],
    p_level double precision,
    p_is_multiplicative boolean,
    p_weights double precision[],
    p_horizon integer DEFAULT 0
)
RETURNS double precision[]
LANGUAGE plpgsql
IMMUTABLE
AS $$
DECLARE
    v_alpha double precision := p_weights[1];
    v_gamma double precision := p_weights[2];
    v_beta double precision := p_weights[1] * p_weights[3];
    v_phi double precision := 1 - p_weights[4];
    v_period integer := cardinality(p_season);
    v_count integer := cardinality(p_values);
    v_place integer := 0;
    v_level double precision := p_level;
    v_trend double precision := 0;
    v_base double precision;
    v_error double precision;
    v_squares double precision := 0;
    v_logs double precision := 0;
    v_value double precision;
    v_result double precision[];
BEGIN
    -- Exponential smoothing with damped trend and season in the error correction form: ETS(A,Ad,A) or, multiplicative,
    -- ETS(M,Ad,M) (Hyndman, Koehler, Snyder and Grose 2002; Hyndman, Koehler, Ord and Snyder 2008, tables 2.2 and 2.3).
    --
    -- p_season             factors of the places of the season; that of the first value first. One of 0: no season
    -- p_level              level before the first value; the trend begins at 0
    -- p_is_multiplicative  errors, season: multiplied instead of added. The values must be above 0
    -- p_weights            alpha, gamma, beta / alpha, 1 - phi
    -- p_horizon            number of values to forecast
    --
    -- Returns -2 log likelihood, less a constant that the number of values fixes, then the forecasts. Infinity when a
    -- multiplicative model comes to a level at or below 0.
    IF p_is_multiplicative THEN
        FOREACH v_value IN ARRAY p_values LOOP
            v_place := v_place % v_period + 1;
            v_trend := v_phi * v_trend;
            v_base := v_level + v_trend;
            IF v_base <= 0 OR p_season[v_place] <= 0 THEN
                RETURN ARRAY['Infinity'::double precision];
            END IF;
            v_error := v_value / (v_base * p_season[v_place]) - 1;
            v_logs := v_logs + ln(v_base * p_season[v_place]);
            v_level := v_base * (1 + v_alpha * v_error);
            v_trend := v_trend + v_beta * v_base * v_error;
            p_season[v_place] := p_season[v_place] * (1 + v_gamma * v_error);
            v_squares := v_squares + v_error * v_error;
        END LOOP;
    ELSE
        FOREACH v_value IN ARRAY p_values LOOP
            v_place := v_place % v_period + 1;
            v_trend := v_phi * v_trend;
            v_base := v_level + v_trend;
            v_error := v_value - v_base - p_season[v_place];
            v_level := v_base + v_alpha * v_error;
            v_trend := v_trend + v_beta * v_error;
            p_season[v_place] := p_season[v_place] + v_gamma * v_error;
            v_squares := v_squares + v_error * v_error;
        END LOOP;
    END IF;

    v_result[1] := CASE WHEN v_squares > 0 THEN v_count * ln(v_squares) + 2 * v_logs ELSE '-Infinity' END;
    FOR v_step IN 1..p_horizon LOOP
        v_place := v_place % v_period + 1;
        v_trend := v_phi * v_trend;
        v_level := v_level + v_trend;
        v_result[1 + v_step] := CASE
            WHEN p_is_multiplicative THEN v_level * p_season[v_place] ELSE v_level + p_season[v_place]
        END;
    END LOOP;
    RETURN v_result;
END
$$;
