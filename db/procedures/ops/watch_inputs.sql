CREATE OR REPLACE PROCEDURE ops.watch_inputs()
LANGUAGE plpgsql
AS $$
DECLARE
    v_table record;
BEGIN
    -- Puts the trigger ops.note_change() on every table that a materialized view or an assertion reads, and takes it from those
    -- that none reads any more. The installer calls it after the views are in place, so that a new view needs no registration.
    CALL ops.note_views();
    FOR v_table IN
        WITH

        inputs AS (
            SELECT DISTINCT to_regclass(i.table_name) AS table_id
            FROM ops.known_view AS k
            CROSS JOIN unnest(k.input_tables) AS i (table_name)
            WHERE i.table_name NOT LIKE 'pg\_catalog.%' AND to_regclass(i.table_name) IS NOT NULL
        ),

        watched AS (
            SELECT t.tgrelid::regclass AS table_id
            FROM pg_catalog.pg_trigger AS t
            WHERE t.tgname = 'note_change'
        )

        SELECT
            coalesce(i.table_id, w.table_id) AS table_id,
            i.table_id IS NOT NULL AS is_input
        FROM inputs AS i
        FULL JOIN watched AS w ON i.table_id = w.table_id
        WHERE i.table_id IS NULL OR w.table_id IS NULL
        ORDER BY coalesce(i.table_id, w.table_id)::text
    LOOP
        IF v_table.is_input THEN
            INSERT INTO ops.changed_relation (relation_name)
            SELECT format('%I.%I', c.relnamespace::regnamespace, c.relname)
            FROM pg_catalog.pg_class AS c
            WHERE c.oid = v_table.table_id;
            EXECUTE format(
                'CREATE TRIGGER note_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON %s '
                'FOR EACH STATEMENT EXECUTE FUNCTION ops.note_change()',
                v_table.table_id
            );
        ELSE
            EXECUTE format('DROP TRIGGER note_change ON %s', v_table.table_id);
        END IF;
    END LOOP;
END
$$;
