CREATE OR REPLACE PROCEDURE rollup.note_tables()
LANGUAGE plpgsql
AS $$
BEGIN
    -- Keeps what rollup.maintained_table finds in the catalog in rollup.known_table. The installer calls it: nothing else makes or
    -- changes a rollup table.
    DELETE FROM rollup.known_table;
    INSERT INTO rollup.known_table (
        turn, table_name, source_name, occasion, group_column, column_list, key_list, value_list, same_key, new_values,
        next_occasion, next_column, next_type
    )
    SELECT
        m.turn,
        m.table_name,
        m.source_name,
        m.occasion,
        m.group_column,
        m.column_list,
        m.key_list,
        m.value_list,
        m.same_key,
        m.new_values,
        m.next_occasion,
        m.next_column,
        m.next_type
    FROM rollup.maintained_table AS m;
END
$$;
