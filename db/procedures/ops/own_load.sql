CREATE OR REPLACE FUNCTION ops.own_load()
RETURNS bigint
LANGUAGE sql
AS $$
    -- Returns the load that this session has under way; NULL: none. It is the one that the session says it is, when that was begun
    -- by this process of the server and the lock "data" is held by it.
    SELECT l.load_id
    FROM ops.load AS l
    WHERE
        l.load_id = CASE
            WHEN current_setting('pipeline.load_id', true) ~ '^[0-9]{1,18}$' THEN current_setting('pipeline.load_id')::bigint
        END
        AND l.status = 'running'
        AND l.backend_pid = pg_backend_pid()
        AND l.loaded_by = session_user
        AND EXISTS (
            SELECT FROM pg_catalog.pg_locks AS k
            WHERE
                k.locktype = 'advisory'
                AND k.pid = pg_backend_pid()
                AND k.granted
                AND k.mode = 'ExclusiveLock'
                AND k.objsubid = 1
                AND k.classid = 0
                AND k.objid::bigint = ops.lock_key('data')
        )
$$;
