CREATE OR REPLACE FUNCTION predict.search_weights(
    p_values double precision[],
    p_season double precision[],
    p_level double precision,
    p_is_multiplicative boolean,
    p_start double precision[],
    OUT weights double precision[],
    OUT fit double precision
)
LANGUAGE plpgsql
IMMUTABLE
AS $$
DECLARE
    v_low constant double precision[] := '{0.002, 0.002, 0.01, 0.02}'::double precision[];
    v_high constant double precision[] := '{0.95, 0.5, 0.5, 0.2}'::double precision[];
    v_factor double precision;
    v_tried double precision[];
    v_tried_fit double precision;
BEGIN
    -- Searches the weights of predict.smooth() with the greatest likelihood, one weight after the other with shorter and shorter
    -- steps (Hooke and Jeeves 1961), within bounds. Each step multiplies or divides, so that a weight of 0 stays 0.
    --
    -- Returns the weights and their -2 log likelihood, as predict.smooth() does.
    weights := p_start;
    fit := (predict.smooth(p_values, p_season, p_level, p_is_multiplicative, weights))[1];
    FOREACH v_factor IN ARRAY '{4, 4, 2, 1.4}'::double precision[] LOOP
        FOR v_weight IN 1..4 LOOP
            CONTINUE WHEN weights[v_weight] = 0;
            FOR v_direction IN 0..1 LOOP
                v_tried := weights;
                v_tried[v_weight] := greatest(v_low[v_weight], least(v_high[v_weight],
                    CASE WHEN v_direction = 0 THEN weights[v_weight] * v_factor ELSE weights[v_weight] / v_factor END));
                v_tried_fit := (predict.smooth(p_values, p_season, p_level, p_is_multiplicative, v_tried))[1];
                IF v_tried_fit < fit THEN
                    weights := v_tried;
                    fit := v_tried_fit;
                    EXIT;
                END IF;
            END LOOP;
        END LOOP;
    END LOOP;
END
$$;
