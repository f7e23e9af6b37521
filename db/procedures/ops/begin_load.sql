CREATE OR REPLACE FUNCTION ops.begin_load(p_folder text)
RETURNS bigint
LANGUAGE plpgsql
AS $$
DECLARE
    v_load_id bigint;
BEGIN
    -- Opens the log row of a load and returns its id. The caller holds the lock "data", so any other row that is still
    -- "running" belongs to a loader that died: it is closed as abandoned.
    UPDATE ops.load
    SET
        status = 'abandoned',
        finished_at = clock_timestamp(),
        error_message = 'the loader died; nothing of it was kept'
    WHERE status = 'running';

    INSERT INTO ops.load (folder)
    VALUES (p_folder)
    RETURNING load_id INTO v_load_id;
    RETURN v_load_id;
END
$$;
