CREATE OR REPLACE FUNCTION ops.audit_statement()
RETURNS trigger
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_load_id bigint := nullif(current_setting('pipeline.load_id', true), '')::bigint;
    v_rows bigint;
BEGIN
    -- After a statement that wrote staging: notes in ops.audit who wrote how many rows, unless a load did, or nothing was written.
    -- Costs the same however many rows.
    IF v_load_id IS NOT NULL AND EXISTS (SELECT FROM ops.load AS l WHERE l.load_id = v_load_id AND l.status = 'running') THEN
        RETURN NULL;
    END IF;
    IF TG_OP <> 'TRUNCATE' THEN
        v_rows := ops.count_writes(TG_RELID, TG_OP)
            - current_setting(format('pipeline.written_%s_%s', TG_OP, TG_RELID), true)::bigint;
        IF v_rows = 0 THEN
            RETURN NULL;
        END IF;
    END IF;
    INSERT INTO ops.audit (kind, object_name, action, row_count)
    VALUES ('staging', format('%I.%I', TG_TABLE_SCHEMA, TG_TABLE_NAME), TG_OP, v_rows);
    RETURN NULL;
END
$$;

REVOKE ALL ON FUNCTION ops.audit_statement() FROM public;
