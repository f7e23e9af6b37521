CREATE OR REPLACE FUNCTION ops.begin_load(p_folder text, p_encoding text DEFAULT 'utf-8', p_mapping text DEFAULT NULL)
RETURNS bigint
LANGUAGE plpgsql
AS $$
DECLARE
    v_load_id bigint;
BEGIN
    -- Opens the log row of a load, whose files are read as told, and returns its id. The caller holds the lock "data", so any
    -- other row that is still "running" belongs to a loader that died: it is closed as abandoned. Until ops.end_load(), what
    -- this session writes to staging is of this load (ops.own_load()).
    WITH abandoned AS (
        UPDATE ops.load
        SET
            status = 'abandoned',
            finished_at = clock_timestamp(),
            error_message = 'the loader died; nothing of it was kept'
        WHERE status = 'running'
        RETURNING load_id, folder
    )

    INSERT INTO ops.audit (kind, object_name, action)
    SELECT
        'load',
        format('load %s of %s', a.load_id, a.folder),
        'abandoned'
    FROM abandoned AS a;

    INSERT INTO ops.load (folder, encoding, mapping)
    VALUES (p_folder, p_encoding, p_mapping)
    RETURNING load_id INTO v_load_id;
    PERFORM set_config('pipeline.load_id', v_load_id::text, false);
    RETURN v_load_id;
END
$$;
