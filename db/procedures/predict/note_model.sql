CREATE OR REPLACE PROCEDURE predict.note_model(
    p_model_name text,
    p_observations bigint,
    p_parameters jsonb,
    p_log_likelihood double precision,
    p_is_converged boolean,
    p_reason text DEFAULT NULL
)
LANGUAGE plpgsql
AS $$
BEGIN
    -- Notes what a fit found. With p_reason, why the model is not usable all the same; its back-test, of another time, goes.
    -- The other parameters: the columns of predict.model.
    IF p_reason IS NOT NULL THEN
        DELETE FROM predict.backtest AS b WHERE b.model_name = p_model_name;
    END IF;
    INSERT INTO predict.model (
        model_name, description, fitted_at, fitted_as_of, observations, parameters, log_likelihood, is_converged, is_usable, reason,
        settings
    )
    SELECT
        p_model_name,
        coalesce(obj_description(to_regprocedure(format('predict.fit_%s()', p_model_name)), 'pg_proc'), ''),
        clock_timestamp(),
        k.as_of,
        p_observations,
        p_parameters,
        p_log_likelihood,
        p_is_converged,
        p_reason IS NULL,
        p_reason,
        to_jsonb(s)
    FROM config.clock AS k
    CROSS JOIN config.prediction AS s
    ON CONFLICT (model_name) DO UPDATE SET (
        description, fitted_at, fitted_as_of, observations, parameters, log_likelihood, is_converged, is_usable, reason, fit_seconds,
        settings, is_refit_wanted
    ) = ROW(
        excluded.description, excluded.fitted_at, excluded.fitted_as_of, excluded.observations, excluded.parameters,
        excluded.log_likelihood, excluded.is_converged, excluded.is_usable, excluded.reason, excluded.fit_seconds,
        excluded.settings, false
    );
END
$$;
