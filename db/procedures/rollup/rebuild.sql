CREATE OR REPLACE PROCEDURE rollup.rebuild()
LANGUAGE plpgsql
AS $$
BEGIN
    -- Builds every rollup from nothing: for a writer that went past the triggers (session_replication_role, a restored table).
    -- Leaves the next refresh nothing to recount. Other writers wait until it ends.
    CALL rollup.hold_writers();
    INSERT INTO rollup.dirty DEFAULT VALUES;
    PERFORM rollup.apply_changes();
    PERFORM rollup.apply_deferred();
    DELETE FROM rollup.changed;
END
$$;

COMMENT ON PROCEDURE rollup.rebuild () IS 'Builds every rollup from nothing.';
