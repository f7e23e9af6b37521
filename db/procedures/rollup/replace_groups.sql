CREATE OR REPLACE FUNCTION rollup.replace_groups(p_group_column text, p_groups anyarray)
RETURNS void
LANGUAGE plpgsql
SET enable_seqscan = off
AS $$
DECLARE
    v_table record;
BEGIN
    -- Recounts the named groups from staging in every rollup table grouped by p_group_column (customer_id or sale_date):
    -- deletes their rows and inserts what the table's _recounted view now returns for them. Groups without orders vanish.
    -- Sequential scans are off so that the plan follows the size of the change even when statistics are missing or old.
    FOR v_table IN
        SELECT m.table_name, m.source_name, m.column_list
        FROM rollup.maintained_table AS m
        WHERE m.group_column = p_group_column
        ORDER BY m.table_name
    LOOP
        EXECUTE format('DELETE FROM rollup.%I WHERE %I = ANY ($1)', v_table.table_name, p_group_column)
        USING p_groups;
        EXECUTE format(
            'INSERT INTO rollup.%1$I (%2$s) SELECT %2$s FROM rollup.%3$I WHERE %4$I = ANY ($1)',
            v_table.table_name, v_table.column_list, v_table.source_name, p_group_column
        )
        USING p_groups;
    END LOOP;
END
$$;
