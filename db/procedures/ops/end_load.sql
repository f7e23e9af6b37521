CREATE OR REPLACE PROCEDURE ops.end_load(p_load_id bigint, p_error_message text)
LANGUAGE plpgsql
AS $$
BEGIN
    -- Closes the log row of a load (p_error_message NULL: it succeeded) and notifies listeners of the channel "pipeline".
    -- A load that succeeded resolves refused rows of earlier ones and raises an alert for its own.
    IF p_error_message IS NULL THEN
        CALL ops.resolve_rejected(p_load_id);
        CALL ops.raise_alert(p_load_id);
    END IF;

    UPDATE ops.load
    SET
        status = CASE WHEN p_error_message IS NULL THEN 'succeeded' ELSE 'failed' END,
        finished_at = clock_timestamp(),
        error_message = p_error_message
    WHERE load_id = p_load_id;

    PERFORM pg_notify(
        'pipeline',
        jsonb_build_object('event', 'load', 'load_id', p_load_id, 'succeeded', p_error_message IS NULL)::text
    );
END
$$;
