CREATE OR REPLACE FUNCTION ops.audit_setting()
RETURNS trigger
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_old jsonb;
    v_new jsonb;
    v_rows bigint;
BEGIN
    -- After a statement that changed a table of config: notes in ops.audit who did, with the rows as they were and as they are, a
    -- hundred at most. Rows that stayed the same are left out.
    IF TG_OP = 'INSERT' THEN
        SELECT count(*), jsonb_agg(to_jsonb(n) - 'number') FILTER (WHERE n.number <= 100)
        INTO v_rows, v_new
        FROM (SELECT row_number() OVER () AS number, r.* FROM new_rows AS r) AS n;
    ELSIF TG_OP = 'DELETE' THEN
        SELECT count(*), jsonb_agg(to_jsonb(o) - 'number') FILTER (WHERE o.number <= 100)
        INTO v_rows, v_old
        FROM (SELECT row_number() OVER () AS number, r.* FROM old_rows AS r) AS o;
    ELSIF TG_OP = 'UPDATE' THEN
        SELECT count(*), jsonb_agg(to_jsonb(o) - 'number') FILTER (WHERE o.number <= 100)
        INTO v_rows, v_old
        FROM (SELECT row_number() OVER () AS number, r.* FROM (TABLE old_rows EXCEPT TABLE new_rows) AS r) AS o;
        SELECT jsonb_agg(to_jsonb(n) - 'number') FILTER (WHERE n.number <= 100)
        INTO v_new
        FROM (SELECT row_number() OVER () AS number, r.* FROM (TABLE new_rows EXCEPT TABLE old_rows) AS r) AS n;
    END IF;
    IF v_rows = 0 THEN
        RETURN NULL;
    END IF;
    INSERT INTO ops.audit (kind, object_name, action, row_count, old_rows, new_rows)
    VALUES ('setting', format('%I.%I', TG_TABLE_SCHEMA, TG_TABLE_NAME), TG_OP, v_rows, v_old, v_new);
    RETURN NULL;
END
$$;

REVOKE ALL ON FUNCTION ops.audit_setting() FROM public;
