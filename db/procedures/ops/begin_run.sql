CREATE OR REPLACE FUNCTION ops.begin_run()
RETURNS bigint
LANGUAGE plpgsql
AS $$
DECLARE
    v_run_id bigint;
BEGIN
    -- Opens the log row of a run and returns its id. The caller holds the lock "run", so any other row that is still
    -- "running" belongs to a backend that died: it is closed as abandoned.
    WITH abandoned AS (
        UPDATE ops.run
        SET
            status = 'abandoned',
            finished_at = clock_timestamp(),
            error_message = 'the backend of this run died; nothing of it was published'
        WHERE status = 'running'
        RETURNING run_id
    )

    INSERT INTO ops.audit (kind, object_name, action)
    SELECT
        'refresh',
        format('run %s', a.run_id),
        'abandoned'
    FROM abandoned AS a;

    INSERT INTO ops.run (status)
    VALUES ('running')
    RETURNING run_id INTO v_run_id;
    RETURN v_run_id;
END
$$;
