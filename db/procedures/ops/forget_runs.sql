CREATE OR REPLACE FUNCTION ops.forget_runs(p_days integer)
RETURNS bigint
LANGUAGE plpgsql
AS $$
DECLARE
    v_last bigint;
    v_runs bigint[];
BEGIN
    -- Deletes runs that ended more than p_days days ago, with their steps and assertion results; returns how many. The last that
    -- succeeded, and all after it, are kept: what is open and what assertions found stands there.
    SELECT coalesce(max(r.run_id), 0) INTO v_last FROM ops.run AS r WHERE r.status = 'succeeded';
    SELECT coalesce(array_agg(r.run_id), '{}')
    INTO v_runs
    FROM ops.run AS r
    WHERE r.run_id < v_last AND r.finished_at < clock_timestamp() - make_interval(days => p_days);

    DELETE FROM ops.assertion_result AS a WHERE a.run_id = ANY (v_runs);
    DELETE FROM ops.step AS s WHERE s.run_id = ANY (v_runs);
    DELETE FROM ops.run AS r WHERE r.run_id = ANY (v_runs);
    RETURN cardinality(v_runs);
END
$$;
