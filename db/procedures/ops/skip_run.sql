CREATE OR REPLACE PROCEDURE ops.skip_run()
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_message text;
BEGIN
    -- Logs that a run did not begin because somebody holds the lock "run", and tells the caller who: another run, or a session
    -- that is none and has to be ended by hand.
    SELECT CASE
        WHEN h.run_id IS NOT NULL OR h.is_ours AND h.state = 'active' THEN format('another run is under way: %s', h.wording)
        ELSE format('the lock "run" is held by %s; see: runner doctor', h.wording)
    END
    INTO v_message
    FROM ops.lock_holder AS h
    WHERE h.lock_name = 'run'
    ORDER BY h.pid
    LIMIT 1;

    v_message := coalesce(v_message, 'another run was under way, which has ended just now');
    INSERT INTO ops.run (status, finished_at, error_message)
    VALUES ('skipped', clock_timestamp(), v_message);
    RAISE NOTICE 'skipped, nothing was refreshed: %', v_message;
END
$$;
