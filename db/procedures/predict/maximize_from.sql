CREATE OR REPLACE FUNCTION predict.maximize_from(
    p_likelihood text,
    p_starts double precision[],
    OUT parameters double precision[],
    OUT log_likelihood double precision,
    OUT is_converged boolean
)
LANGUAGE plpgsql
AS $$
DECLARE
    v_start double precision[];
    v_found record;
    v_logs double precision[];
BEGIN
    -- Runs predict.maximize() from each start on the sample, and from where the best one ended on everything: starts that end at a
    -- maximum which is not the largest lose, and a large shop costs little more than one search.
    --
    -- p_starts  rows of parameters
    FOREACH v_start SLICE 1 IN ARRAY p_starts LOOP
        SELECT m.*
        INTO STRICT v_found
        FROM predict.maximize(
            p_likelihood, true, (SELECT array_agg(ln(s.value) ORDER BY s.place) FROM unnest(v_start) WITH ORDINALITY AS s (value, place))
        ) AS m;
        IF log_likelihood IS NULL OR v_found.log_likelihood > log_likelihood THEN
            log_likelihood := v_found.log_likelihood;
            v_logs := v_found.p_logs;
        END IF;
    END LOOP;

    SELECT m.* INTO STRICT v_found FROM predict.maximize(p_likelihood, false, v_logs) AS m;
    parameters := (SELECT array_agg(exp(l.value) ORDER BY l.place) FROM unnest(v_found.p_logs) WITH ORDINALITY AS l (value, place));
    log_likelihood := v_found.log_likelihood;
    is_converged := v_found.is_converged;
END
$$;
