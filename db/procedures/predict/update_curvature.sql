CREATE OR REPLACE FUNCTION predict.update_curvature(
    p_curvature double precision[],
    p_from double precision[],
    p_to double precision[],
    p_slopes_from double precision[],
    p_slopes_to double precision[]
)
RETURNS double precision[]
LANGUAGE plpgsql
IMMUTABLE STRICT PARALLEL SAFE
AS $$
DECLARE
    v_size integer := cardinality(p_from);
    v_matrix double precision[] := p_curvature;
    v_step double precision[] := p_from;
    v_change double precision[] := p_from;
    v_turned double precision[];
    v_step_change double precision := 0;
    v_change_change double precision := 0;
    v_change_turned double precision := 0;
BEGIN
    -- Returns what a step of predict.maximize() teaches of the inverse of the matrix of second derivatives, with its sign changed
    -- (Nocedal & Wright 2006, equation 6.17; before the first update scaled by 6.20). A step along which the function does not bend
    -- downwards teaches nothing.
    FOR i IN 1..v_size LOOP
        v_step[i] := p_to[i] - p_from[i];
        v_change[i] := p_slopes_from[i] - p_slopes_to[i];
        v_step_change := v_step_change + v_step[i] * v_change[i];
        v_change_change := v_change_change + v_change[i] * v_change[i];
    END LOOP;
    IF v_step_change <= 1e-12 * v_change_change THEN
        RETURN p_curvature;
    END IF;
    IF v_matrix = predict.diagonal(v_size, v_matrix[1][1]) THEN
        v_matrix := predict.diagonal(v_size, v_step_change / v_change_change);
    END IF;
    v_turned := predict.product(v_matrix, v_change);
    FOR i IN 1..v_size LOOP
        v_change_turned := v_change_turned + v_change[i] * v_turned[i];
    END LOOP;
    FOR i IN 1..v_size LOOP
        FOR j IN 1..v_size LOOP
            v_matrix[i][j] := v_matrix[i][j]
                + (1 + v_change_turned / v_step_change) * v_step[i] * v_step[j] / v_step_change
                - (v_turned[i] * v_step[j] + v_step[i] * v_turned[j]) / v_step_change;
        END LOOP;
    END LOOP;
    RETURN v_matrix;
END
$$;
