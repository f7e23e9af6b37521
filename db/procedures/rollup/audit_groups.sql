CREATE OR REPLACE PROCEDURE rollup.audit_groups(p_tables text[])
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
    -- Counts the groups that rollup.audited names as drawn again in the rollup tables that are grouped so and whose
    -- name is LIKE one of p_tables; notes in rollup.audit_difference where a table holds other rows.
    -- Planned like rollup.replace_groups().
    FOR v_table IN
        SELECT m.*
        FROM rollup.known_table AS m
        WHERE m.group_column IN ('customer_id', 'sale_date', 'pair_hash') AND m.table_name LIKE ANY (p_tables)
    LOOP
        EXECUTE format(
            'WITH kept AS MATERIALIZED (SELECT %2$s FROM rollup.%1$I WHERE %4$I = ANY (%5$s)), '
            'counted AS MATERIALIZED (SELECT %2$s FROM rollup.%3$I WHERE %4$I = ANY (%5$s)) '
            'INSERT INTO rollup.audit_difference (table_name, group_key, kept_rows, counted_rows) '
            'SELECT %1$L, d.%4$I::text, count(*) FILTER (WHERE d.is_kept), count(*) FILTER (WHERE NOT d.is_kept) '
            'FROM ('
            'SELECT true AS is_kept, k.* FROM (TABLE kept EXCEPT TABLE counted) AS k '
            'UNION ALL '
            'SELECT false AS is_kept, c.* FROM (TABLE counted EXCEPT TABLE kept) AS c'
            ') AS d GROUP BY d.%4$I',
            v_table.table_name, v_table.column_list, v_table.source_name, v_table.group_column,
            format('ARRAY(SELECT a.%1$I FROM rollup.audited AS a WHERE a.is_sample AND a.%1$I IS NOT NULL)', v_table.group_column)
        );
    END LOOP;
END
$$;
