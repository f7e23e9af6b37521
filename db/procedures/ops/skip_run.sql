CREATE OR REPLACE PROCEDURE ops.skip_run()
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_message text;
BEGIN
    -- Logs that a run did not begin because another one is under way, and tells the caller which.
    SELECT format('run %s of backend %s, begun %s, is under way', run_id, backend_pid, date_trunc('second', started_at))
    INTO v_message
    FROM ops.run
    WHERE status = 'running'
    ORDER BY run_id DESC
    LIMIT 1;

    v_message := coalesce(v_message, 'another run is under way');
    INSERT INTO ops.run (status, finished_at, error_message)
    VALUES ('skipped', clock_timestamp(), v_message);
    RAISE NOTICE 'skipped: %', v_message;
END
$$;
