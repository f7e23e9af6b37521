CREATE OR REPLACE FUNCTION predict.is_due(p_model_name text, p_observations bigint)
RETURNS boolean
LANGUAGE plpgsql
AS $$
BEGIN
    -- Must a model be fitted now? Yes when it never was, when somebody wants it, when it is config.prediction.refit_days old or from
    -- the future, when what it is fitted on has grown or shrunk by refit_growth, and when the settings or a routine of the
    -- schema predict are others than then. A fit that failed counts as one: it is tried again by the same rules.
    --
    -- p_observations  how many the model would be fitted on now
    RETURN NOT EXISTS (
        SELECT FROM predict.model AS m
        CROSS JOIN config.prediction AS s
        CROSS JOIN config.clock AS k
        WHERE
            m.model_name = p_model_name
            AND NOT m.is_refit_wanted
            AND k.as_of >= m.fitted_as_of
            AND k.as_of < m.fitted_as_of + s.refit_days
            AND (m.observations IS NULL OR abs(p_observations - m.observations) <= s.refit_growth * m.observations)
            AND m.settings = to_jsonb(s)
            AND NOT EXISTS (
                SELECT FROM ops.installed_object AS i
                WHERE i.kind = 'routine' AND i.object_name LIKE 'predict.%' AND i.installed_at > m.fitted_at
            )
    );
END
$$;
