CREATE OR REPLACE FUNCTION ops.forget_audit()
RETURNS bigint
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_deleted bigint;
BEGIN
    -- Deletes rows of ops.audit that are older than config.retention says; returns how many. Runs with its owner's rights, because
    -- nobody else deletes there, and takes no number of days, so that nobody else says how many either.
    DELETE FROM ops.audit AS a
    USING config.retention AS r
    WHERE a.happened_at < clock_timestamp() - make_interval(days => r.audit_days);
    GET DIAGNOSTICS v_deleted = ROW_COUNT;
    RETURN v_deleted;
END
$$;

REVOKE ALL ON FUNCTION ops.forget_audit() FROM public;
