CREATE OR REPLACE FUNCTION predict.maximize(
    p_likelihood text,
    p_is_sample boolean,
    p_bounds double precision[],
    INOUT p_place double precision[],
    OUT log_likelihood double precision,
    OUT is_converged boolean
)
LANGUAGE plpgsql
AS $$
DECLARE
    v_call text := format('SELECT predict.%I($1, $2)', p_likelihood);
    v_size integer := cardinality(p_place);
    v_here double precision[];
    v_there double precision[];
    v_next double precision[];
    v_slopes double precision[];
    v_next_slopes double precision[];
    v_curvature double precision[];
    v_direction double precision[];
    v_held boolean[];
    v_was_held boolean[];
    v_gain double precision;
    v_length double precision;
BEGIN
    -- Looks for the place at which a log-likelihood is largest, by quasi-Newton steps (BFGS: Nocedal & Wright 2006, algorithm 6.1)
    -- within bounds: a shop whose customers are all alike, or never leave, has its maximum at infinity. A coordinate that
    -- wants to cross its bound is held there. Converged: the next step promises less than 1e-9 of log-likelihood, which means
    -- that it is shorter than a twenty-thousandth of a standard error.
    --
    -- p_likelihood  function of predict: (place, p_is_sample) → {log-likelihood, its derivatives by the coordinates}
    -- p_is_sample   look at the sample only; passed on
    -- p_bounds      largest size of each coordinate
    -- p_place       where to begin; returned: where it ended
    is_converged := false;
    EXECUTE v_call INTO STRICT v_here USING p_place, p_is_sample;
    FOR v_round IN 1..200 LOOP
        log_likelihood := v_here[1];
        v_slopes := v_here[2:];
        v_held := array_fill(false, ARRAY[v_size]);
        FOR i IN 1..v_size LOOP
            IF abs(p_place[i]) >= p_bounds[i] AND p_place[i] * v_slopes[i] >= 0 THEN
                v_held[i] := true;
                v_slopes[i] := 0;
            END IF;
        END LOOP;
        IF v_curvature IS NULL OR v_held IS DISTINCT FROM v_was_held THEN
            v_curvature := predict.diagonal(v_size, 1 / (1 + sqrt(predict.dot(v_slopes, v_slopes))));
            v_was_held := v_held;
        END IF;
        v_direction := predict.product(v_curvature, v_slopes);
        FOR i IN 1..v_size LOOP
            IF v_held[i] THEN
                v_direction[i] := 0;
            END IF;
        END LOOP;
        v_gain := predict.dot(v_direction, v_slopes);
        is_converged := v_gain <= 1e-9;
        EXIT WHEN is_converged;

        v_length := least(1, 2 / sqrt(predict.dot(v_direction, v_direction)));
        LOOP
            v_next := p_place;
            FOR i IN 1..v_size LOOP
                v_next[i] := greatest(-p_bounds[i], least(p_bounds[i], p_place[i] + v_length * v_direction[i]));
            END LOOP;
            EXECUTE v_call INTO STRICT v_there USING v_next, p_is_sample;
            -- Near the end gains are smaller than the rounding of sums.
            EXIT WHEN v_there[1] >= v_here[1] + 1e-4 * v_length * v_gain - 1e-9 * abs(v_here[1]);
            v_length := v_length / 3;
            IF v_length < 1e-9 THEN
                RETURN;
            END IF;
        END LOOP;

        v_next_slopes := v_there[2:];
        FOR i IN 1..v_size LOOP
            IF v_held[i] THEN
                v_next_slopes[i] := 0;
            END IF;
        END LOOP;
        v_curvature := predict.update_curvature(v_curvature, p_place, v_next, v_slopes, v_next_slopes);
        p_place := v_next;
        v_here := v_there;
    END LOOP;
END
$$;
