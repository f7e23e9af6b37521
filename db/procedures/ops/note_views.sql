CREATE OR REPLACE PROCEDURE ops.note_views()
LANGUAGE plpgsql
AS $$
DECLARE
    v_rules_hash numeric;
BEGIN
    -- Keeps what ops.view_input finds in the catalog in ops.known_view. When no view was made, replaced or dropped since, and nothing
    -- renamed or moved, it is there already: every definition is a row of pg_rewrite, of which a replaced one is another version.
    SELECT sum(hashtextextended(d.version, 0))
    INTO v_rules_hash
    FROM (
        SELECT concat_ws(' ', w.oid, w.xmin, w.ctid) AS version
        FROM pg_catalog.pg_rewrite AS w
        UNION ALL
        SELECT concat_ws(' ', c.oid, c.relnamespace, c.relname) AS version
        FROM pg_catalog.pg_class AS c
        WHERE c.relkind IN ('r', 'p', 'v', 'm') AND c.relpersistence <> 't'
    ) AS d;
    IF EXISTS (SELECT FROM ops.known_view AS k WHERE k.rules_hash = v_rules_hash) THEN
        RETURN;
    END IF;
    DELETE FROM ops.known_view;
    INSERT INTO ops.known_view (schema_name, view_name, depth, input_tables, rules_hash)
    SELECT
        v.schema_name,
        v.view_name,
        v.depth,
        v.input_tables,
        v_rules_hash
    FROM ops.view_input AS v;
END
$$;
