CREATE OR REPLACE FUNCTION ops.audit_write()
RETURNS trigger
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_rows bigint;
BEGIN
    -- After a statement that wrote a table of staging: notes in ops.audit who wrote how many rows by which statement; nothing when
    -- it wrote none. Rows are counted where the session cannot reach, in what the server kept of the statement. That it is a
    -- load's own changes the kind of the row alone: nothing that a client says keeps a statement out.
    IF TG_OP IN ('INSERT', 'UPDATE') THEN
        SELECT count(*) INTO v_rows FROM new_rows;
    ELSIF TG_OP = 'DELETE' THEN
        SELECT count(*) INTO v_rows FROM old_rows;
    END IF;
    IF v_rows = 0 THEN
        RETURN NULL;
    END IF;
    INSERT INTO ops.audit (kind, object_name, action, row_count, statement)
    VALUES (
        CASE WHEN ops.own_load() IS NULL THEN 'staging' ELSE 'load write' END,
        format('%I.%I', TG_TABLE_SCHEMA, TG_TABLE_NAME), TG_OP, v_rows, ops.statement_text(TG_RELID)
    );
    RETURN NULL;
END
$$;

REVOKE ALL ON FUNCTION ops.audit_write() FROM public;
