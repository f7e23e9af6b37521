CREATE OR REPLACE FUNCTION ops.note_change()
RETURNS trigger
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- Statement trigger on every table that a published view reads (ops.watch_inputs() puts it there): marks the table as
    -- changed, so that the next refresh_analytics() refreshes the views above it. The mark is a row and not a counter: it
    -- becomes visible with the change itself, and a mark made for nothing costs one needless refresh.
    INSERT INTO ops.changed_relation (relation_name)
    VALUES (format('%I.%I', TG_TABLE_SCHEMA, TG_TABLE_NAME));
    RETURN NULL;
END
$$;

REVOKE ALL ON FUNCTION ops.note_change() FROM public;
