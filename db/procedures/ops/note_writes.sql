CREATE OR REPLACE FUNCTION ops.note_writes()
RETURNS trigger
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- Before a statement that writes staging: notes the counter of its rows, for ops.audit_statement() after it.
    PERFORM set_config(
        format('pipeline.written_%s_%s', TG_OP, TG_RELID), ops.count_writes(TG_RELID, TG_OP)::text, true
    );
    RETURN NULL;
END
$$;

REVOKE ALL ON FUNCTION ops.note_writes() FROM public;
