CREATE OR REPLACE FUNCTION rollup.recount_groups(p_group_column text)
RETURNS bigint
LANGUAGE plpgsql
AS $$
DECLARE
    v_table record;
    v_rows bigint;
    v_total bigint := 0;
BEGIN
    -- Recounts every group from staging in every rollup table grouped by p_group_column. Returns the rows written.
    FOR v_table IN
        SELECT m.table_name, m.source_name, m.column_list
        FROM rollup.maintained_table AS m
        WHERE m.group_column = p_group_column
        ORDER BY m.table_name
    LOOP
        EXECUTE format('TRUNCATE rollup.%I', v_table.table_name);
        EXECUTE format(
            'INSERT INTO rollup.%1$I (%2$s) SELECT %2$s FROM rollup.%3$I',
            v_table.table_name, v_table.column_list, v_table.source_name
        );
        GET DIAGNOSTICS v_rows = ROW_COUNT;
        v_total := v_total + v_rows;
        EXECUTE format('ANALYZE rollup.%I', v_table.table_name);
    END LOOP;
    RETURN v_total;
END
$$;
