CREATE OR REPLACE PROCEDURE ops.end_load(p_load_id bigint, p_error_message text)
LANGUAGE plpgsql
AS $$
BEGIN
    -- Closes the log row of a load (p_error_message NULL: it succeeded) and notifies listeners of the channel "pipeline".
    -- A load that succeeded resolves and overtakes refused rows of earlier ones. Raises and closes the alerts about loads.
    IF p_error_message IS NULL THEN
        CALL ops.resolve_rejected(p_load_id);
        CALL ops.overtake_rejected(p_load_id);
    END IF;

    UPDATE ops.load
    SET
        status = CASE WHEN p_error_message IS NULL THEN 'succeeded' ELSE 'failed' END,
        finished_at = clock_timestamp(),
        error_message = p_error_message
    WHERE load_id = p_load_id;
    INSERT INTO ops.audit (kind, object_name, action, row_count)
    SELECT
        'load',
        format('load %s of %s', l.load_id, l.folder),
        l.status,
        (SELECT sum(f.rows_inserted + f.rows_updated + f.rows_deleted) FROM ops.load_file AS f WHERE f.load_id = l.load_id)
    FROM ops.load AS l
    WHERE l.load_id = p_load_id;
    PERFORM set_config('pipeline.load_id', '', false);
    CALL ops.update_alerts('{load failed, rows refused}');

    PERFORM pg_notify(
        'pipeline',
        jsonb_build_object('event', 'load', 'load_id', p_load_id, 'succeeded', p_error_message IS NULL)::text
    );
END
$$;
