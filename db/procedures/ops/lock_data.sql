CREATE OR REPLACE FUNCTION ops.lock_data()
RETURNS jsonb
LANGUAGE plpgsql
AS $$
BEGIN
    -- Takes the session lock "data" and returns NULL, or the error as an object when the wait was cancelled or timed out.
    -- The lock must be had before the snapshot of a run, or the run would not see what a load before it committed.
    PERFORM pg_advisory_lock(ops.lock_key('data'));
    RETURN NULL;
EXCEPTION
    WHEN query_canceled OR lock_not_available THEN
        RETURN jsonb_build_object('state', SQLSTATE, 'message', SQLERRM || ', while waiting for a load to end', 'detail', '');
END
$$;
