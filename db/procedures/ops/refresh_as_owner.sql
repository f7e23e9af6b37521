CREATE OR REPLACE PROCEDURE ops.refresh_as_owner(p_view regclass)
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- Refreshes a materialized view of analytics, which takes its owner, for a user who is not: ops.refresh_view() calls it.
    IF NOT EXISTS (
        SELECT FROM pg_catalog.pg_class AS c
        WHERE c.oid = p_view AND c.relkind = 'm' AND c.relnamespace = 'analytics'::regnamespace
    ) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'wrong_object_type',
            MESSAGE = format('%s is no materialized view of analytics', p_view);
    END IF;
    EXECUTE format('REFRESH MATERIALIZED VIEW CONCURRENTLY %s', p_view);
END
$$;

REVOKE ALL ON PROCEDURE ops.refresh_as_owner(regclass) FROM public;
