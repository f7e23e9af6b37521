CREATE OR REPLACE PROCEDURE rollup.rebuild()
LANGUAGE plpgsql
AS $$
BEGIN
    -- Builds every rollup from nothing: for a writer that went past the triggers (session_replication_role, a restored table).
    PERFORM pg_advisory_xact_lock(ops.lock_key('data'));
    PERFORM rollup.recount();
    PERFORM rollup.recount_groups('sale_month');
END
$$;

COMMENT ON PROCEDURE rollup.rebuild () IS 'Builds every rollup from nothing.';
