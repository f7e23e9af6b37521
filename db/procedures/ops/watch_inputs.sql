CREATE OR REPLACE PROCEDURE ops.watch_inputs()
LANGUAGE plpgsql
AS $$
DECLARE
    v_table text;
BEGIN
    -- Puts the trigger ops.note_change() on every table that a materialized view reads and that has none yet. The installer
    -- calls it after the views are in place, so that a new view needs no registration.
    FOR v_table IN
        SELECT DISTINCT i.table_name
        FROM ops.refresh_order AS o
        CROSS JOIN unnest(o.input_tables) AS i (table_name)
        WHERE NOT EXISTS (
            SELECT FROM pg_catalog.pg_trigger AS t
            WHERE t.tgrelid = i.table_name::regclass AND t.tgname = 'note_change'
        )
        ORDER BY i.table_name
    LOOP
        EXECUTE format(
            'CREATE TRIGGER note_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON %s '
            'FOR EACH STATEMENT EXECUTE FUNCTION ops.note_change()',
            v_table::regclass
        );
    END LOOP;
END
$$;
