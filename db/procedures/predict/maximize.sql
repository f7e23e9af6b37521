CREATE OR REPLACE FUNCTION predict.maximize(
    p_likelihood text,
    p_is_sample boolean,
    INOUT p_logs double precision[],
    OUT log_likelihood double precision,
    OUT is_converged boolean
)
LANGUAGE plpgsql
AS $$
DECLARE
    c_bound constant double precision := 12;
    v_call text := format('SELECT predict.%I($1, $2)', p_likelihood);
    v_size integer := cardinality(p_logs);
    v_here double precision[];
    v_there double precision[];
    v_next double precision[];
    v_slopes double precision[];
    v_curvature double precision[];
    v_direction double precision[];
    v_gain double precision;
    v_length double precision;
BEGIN
    -- Looks for the parameters at which a log-likelihood is largest, by quasi-Newton steps (BFGS: Nocedal & Wright 2006, algorithm
    -- 6.1) on the logarithms of the parameters, which keeps these positive. They stay within e^-12 and e^12: a shop whose
    -- customers are all alike, or never leave, has its maximum at infinity. Converged: no derivative is above 1e-8 of the value.
    --
    -- p_likelihood  function of predict: (logarithms, p_is_sample) → {log-likelihood, its derivatives by the logarithms}
    -- p_is_sample   look at the sample only; passed on
    -- p_logs        logarithms to begin at; returned: where it ended
    EXECUTE v_call INTO STRICT v_here USING p_logs, p_is_sample;
    FOR v_round IN 1..300 LOOP
        v_slopes := v_here[2:];
        v_length := 0;
        FOR i IN 1..v_size LOOP
            IF abs(p_logs[i]) >= c_bound AND p_logs[i] * v_slopes[i] > 0 THEN
                v_slopes[i] := 0;
            END IF;
            v_length := greatest(v_length, abs(v_slopes[i]));
        END LOOP;
        log_likelihood := v_here[1];
        is_converged := v_length <= 1e-8 * (1 + abs(log_likelihood));
        EXIT WHEN is_converged;

        v_curvature := coalesce(v_curvature, predict.diagonal(v_size, 1 / v_length));
        v_direction := predict.product(v_curvature, v_slopes);
        v_length := 0;
        v_gain := 0;
        FOR i IN 1..v_size LOOP
            v_gain := v_gain + v_direction[i] * v_slopes[i];
            v_length := greatest(v_length, abs(v_direction[i]));
        END LOOP;
        v_length := least(1, 2 / v_length);
        LOOP
            v_next := p_logs;
            FOR i IN 1..v_size LOOP
                v_next[i] := greatest(-c_bound, least(c_bound, p_logs[i] + v_length * v_direction[i]));
            END LOOP;
            EXECUTE v_call INTO STRICT v_there USING v_next, p_is_sample;
            -- Near the end gains are smaller than the rounding of sums.
            EXIT WHEN v_there[1] >= v_here[1] + 1e-4 * v_length * v_gain - 1e-11 * abs(v_here[1]) AND v_gain > 0;
            v_length := v_length / 3;
            EXIT WHEN v_length < 1e-9;
        END LOOP;
        IF v_length < 1e-9 THEN
            -- Nothing is gained this way: begin again with the steepest one, and give up when that was it.
            EXIT WHEN v_curvature = predict.diagonal(v_size, v_curvature[1][1]);
            v_curvature := NULL;
            CONTINUE;
        END IF;
        v_curvature := predict.update_curvature(v_curvature, p_logs, v_next, v_here[2:], v_there[2:]);
        p_logs := v_next;
        v_here := v_there;
    END LOOP;
END
$$;
