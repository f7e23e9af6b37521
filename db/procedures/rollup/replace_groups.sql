CREATE OR REPLACE FUNCTION rollup.replace_groups(p_occasion text, p_groups anyarray)
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
    v_changed text[];
BEGIN
    -- Recounts the named groups in every rollup table of an occasion of rollup.known_table. Rows that come out the same are not
    -- touched, others are updated in place; groups of which nothing is left vanish. Then come the tables that follow one of
    -- these, with the groups of the rows that did change; where none follows, these are not asked for. Only index lookups are
    -- left to the planner, so that the plan follows the change even when statistics are missing or old.
    FOR v_table IN
        SELECT m.*
        FROM rollup.known_table AS m
        WHERE m.occasion = p_occasion
        ORDER BY m.turn
    LOOP
        EXECUTE format(
            'WITH recounted AS MATERIALIZED (SELECT %2$s FROM rollup.%3$I WHERE %4$I = ANY ($1)), '
            'kept AS MATERIALIZED (SELECT %2$s FROM rollup.%1$I WHERE %4$I = ANY ($1)), '
            'stale AS MATERIALIZED (TABLE kept EXCEPT TABLE recounted), '
            'fresh AS MATERIALIZED (TABLE recounted EXCEPT TABLE kept), '
            'gone AS ('
            'DELETE FROM rollup.%1$I AS k USING (SELECT %5$s FROM stale EXCEPT SELECT %5$s FROM fresh) AS g WHERE %6$s), '
            'written AS ('
            'INSERT INTO rollup.%1$I (%2$s) TABLE fresh ON CONFLICT (%5$s) DO UPDATE SET (%7$s) = ROW(%8$s)) '
            'SELECT array_agg(DISTINCT c.%9$I::text) FROM (TABLE stale UNION ALL TABLE fresh) AS c WHERE %10$L',
            v_table.table_name, v_table.column_list, v_table.source_name, v_table.group_column, v_table.key_list,
            v_table.same_key, v_table.value_list, v_table.new_values, coalesce(v_table.next_column, v_table.group_column),
            v_table.next_column IS NOT NULL
        )
        INTO v_changed
        USING p_groups;
        IF v_table.next_column IS NOT NULL THEN
            EXECUTE format('CALL rollup.apply_groups($1, $2::%s[])', v_table.next_type) USING v_table.next_occasion, v_changed;
        END IF;
    END LOOP;
END
$$;
