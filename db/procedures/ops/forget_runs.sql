CREATE OR REPLACE FUNCTION ops.forget_runs(p_days integer)
RETURNS bigint
LANGUAGE plpgsql
AS $$
DECLARE
    v_last bigint;
    v_deleted bigint;
BEGIN
    -- Deletes runs that ended more than p_days days ago, with their steps and assertion results; returns how many. The last that
    -- succeeded, and all after it, are kept: what is open and what assertions found stands there.
    SELECT coalesce(max(r.run_id), 0) INTO v_last FROM ops.run AS r WHERE r.status = 'succeeded';
    CREATE TEMPORARY TABLE forgotten_run ON COMMIT DROP AS
    SELECT r.run_id
    FROM ops.run AS r
    WHERE r.run_id < v_last AND r.finished_at < clock_timestamp() - make_interval(days => p_days);

    DELETE FROM ops.assertion_result AS a USING forgotten_run AS f WHERE a.run_id = f.run_id;
    DELETE FROM ops.step AS s USING forgotten_run AS f WHERE s.run_id = f.run_id;
    DELETE FROM ops.run AS r USING forgotten_run AS f WHERE r.run_id = f.run_id;
    GET DIAGNOSTICS v_deleted = ROW_COUNT;
    RETURN v_deleted;
END
$$;
