CREATE OR REPLACE PROCEDURE predict.note_unusable(p_model_name text, p_observations bigint, p_reason text)
LANGUAGE plpgsql
AS $$
BEGIN
    -- Notes that a model cannot be fitted, and why, as a sentence for people: 'not enough data: …'.
    CALL predict.note_model(p_model_name, p_observations, '{}', NULL, false, p_reason);
END
$$;
