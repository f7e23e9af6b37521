CREATE OR REPLACE FUNCTION predict.maximize_from(
    p_likelihood text,
    p_bounds double precision[],
    p_starts double precision[],
    OUT place double precision[],
    OUT log_likelihood double precision,
    OUT is_converged boolean
)
LANGUAGE plpgsql
AS $$
DECLARE
    v_start double precision[];
    v_found record;
BEGIN
    -- Runs predict.maximize() from each start on the sample, and from where the best one ended on everything: starts that end at a
    -- maximum which is not the largest lose, and a large shop costs little more than one search.
    --
    -- p_starts  one start a row
    FOREACH v_start SLICE 1 IN ARRAY p_starts LOOP
        SELECT m.* INTO STRICT v_found FROM predict.maximize(p_likelihood, true, p_bounds, v_start) AS m;
        IF log_likelihood IS NULL OR v_found.log_likelihood > log_likelihood THEN
            log_likelihood := v_found.log_likelihood;
            place := v_found.p_place;
        END IF;
    END LOOP;
    SELECT m.p_place, m.log_likelihood, m.is_converged
    INTO STRICT place, log_likelihood, is_converged
    FROM predict.maximize(p_likelihood, false, p_bounds, place) AS m;
END
$$;
