CREATE OR REPLACE FUNCTION ops.is_due(p_now timestamptz DEFAULT clock_timestamp())
RETURNS boolean
LANGUAGE plpgsql
STABLE
AS $$
DECLARE
    v_slot timestamptz := ops.last_slot(p_now);
BEGIN
    -- Is a refresh due at p_now: did none run in the slot so far? One that failed counts, or it would fail every ten minutes;
    -- not so when its error was transient, or the server lacked room or memory (class 53). One that was abandoned, or is not over,
    -- does not count, nor does one from the future, of a time when the server's clock was wrong.
    RETURN v_slot IS NOT NULL AND NOT EXISTS (
        SELECT FROM ops.run AS r
        WHERE
            r.started_at BETWEEN v_slot AND p_now
            AND (
                r.status = 'succeeded'
                OR r.status = 'failed' AND NOT coalesce(ops.is_transient(r.error_state) OR r.error_state LIKE '53%', false)
            )
    );
END
$$;
