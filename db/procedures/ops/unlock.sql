CREATE OR REPLACE FUNCTION ops.unlock(p_name text)
RETURNS bigint
LANGUAGE sql
AS $$
    -- Gives back one of the pipeline's session locks if this session holds it; returns how many it held.
    SELECT count(pg_advisory_unlock(ops.lock_key(p_name)))
    FROM pg_catalog.pg_locks AS l
    WHERE
        l.locktype = 'advisory'
        AND l.pid = pg_backend_pid()
        AND l.objsubid = 1
        AND l.classid::bigint << 32 | l.objid::bigint = ops.lock_key(p_name)
        AND l.database = (SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname = current_database())
$$;
