CREATE OR REPLACE FUNCTION rollup.replace_groups(p_group_column text, p_groups anyarray, p_is_at_refresh boolean)
RETURNS void
LANGUAGE plpgsql
SET enable_seqscan = off
SET enable_hashjoin = off
SET enable_mergejoin = off
SET work_mem = '64MB'
SET jit = off
AS $$
DECLARE
    v_table record;
BEGIN
    -- Recounts the named groups from staging in every rollup table grouped by p_group_column (customer_id, sale_date or
    -- sale_month). Rows that come out the same are not touched, others are updated in place; groups without orders vanish.
    -- Only index lookups are left to the planner, so that the plan follows the change even when statistics are missing or old.
    FOR v_table IN
        SELECT m.*
        FROM rollup.maintained_table AS m
        WHERE m.group_column = p_group_column AND m.is_at_refresh = p_is_at_refresh
        ORDER BY m.turn
    LOOP
        EXECUTE format(
            'WITH recounted AS MATERIALIZED (SELECT %2$s FROM rollup.%3$I WHERE %4$I = ANY ($1)), '
            'kept AS MATERIALIZED (SELECT %2$s FROM rollup.%1$I WHERE %4$I = ANY ($1)), '
            'gone AS ('
            'DELETE FROM rollup.%1$I AS k USING (SELECT %5$s FROM kept EXCEPT SELECT %5$s FROM recounted) AS g WHERE %6$s'
            ') '
            'INSERT INTO rollup.%1$I (%2$s) TABLE recounted EXCEPT TABLE kept '
            'ON CONFLICT (%5$s) DO UPDATE SET (%7$s) = ROW(%8$s)',
            v_table.table_name, v_table.column_list, v_table.source_name, v_table.group_column, v_table.key_list,
            v_table.same_key, v_table.value_list, v_table.new_values
        )
        USING p_groups;
    END LOOP;
END
$$;
