CREATE OR REPLACE PROCEDURE rollup.rebuild()
LANGUAGE plpgsql
AS $$
BEGIN
    -- Builds every rollup from nothing: for a writer that went past the triggers (session_replication_role, a restored table).
    INSERT INTO rollup.dirty DEFAULT VALUES;
    PERFORM rollup.apply_changes();
    PERFORM rollup.apply_deferred();
END
$$;

COMMENT ON PROCEDURE rollup.rebuild () IS 'Builds every rollup from nothing.';
