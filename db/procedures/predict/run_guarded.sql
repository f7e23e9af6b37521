CREATE OR REPLACE PROCEDURE predict.run_guarded(p_routine text)
LANGUAGE plpgsql
AS $$
DECLARE
    v_started_at timestamptz := clock_timestamp();
    v_model text := regexp_replace(p_routine, '^(fit|score)_', '');
BEGIN
    -- Calls predict.<p_routine>(), fit_X or score_X, and books how long a fit took. When it fails, what it wrote is rolled back and
    -- the model X is noted as not usable, with the error: a refresh goes on without predictions. What another try of the whole
    -- refresh can mend, and a cancel, are passed on.
    EXECUTE format('CALL predict.%I()', p_routine);
    UPDATE predict.model AS m
    SET fit_seconds = extract(EPOCH FROM clock_timestamp() - v_started_at)
    WHERE m.model_name = v_model AND m.fitted_at >= v_started_at;
EXCEPTION
    WHEN OTHERS THEN
        IF ops.is_transient(SQLSTATE) THEN
            RAISE;
        END IF;
        RAISE WARNING 'predict.%() failed: % (%)', p_routine, SQLERRM, SQLSTATE;
        CALL predict.note_unusable(v_model, NULL, format('predict.%s() failed: %s (%s)', p_routine, SQLERRM, SQLSTATE));
END
$$;
