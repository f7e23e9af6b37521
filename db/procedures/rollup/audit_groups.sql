CREATE OR REPLACE PROCEDURE rollup.audit_groups(p_group_column text, p_groups anyarray, p_tables integer)
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
    -- Counts the named groups again in rollup tables grouped by p_group_column and notes in rollup.audit_difference where a table
    -- holds other rows. p_tables: in so many, drawn at random; NULL: in all. Planned like rollup.replace_groups().
    FOR v_table IN
        SELECT m.*
        FROM rollup.maintained_table AS m
        WHERE m.group_column = p_group_column
        ORDER BY random()
        LIMIT p_tables
    LOOP
        EXECUTE format(
            'WITH kept AS MATERIALIZED (SELECT %2$s FROM rollup.%1$I WHERE %4$I = ANY ($1)), '
            'counted AS MATERIALIZED (SELECT %2$s FROM rollup.%3$I WHERE %4$I = ANY ($1)) '
            'INSERT INTO rollup.audit_difference (table_name, group_key, kept_rows, counted_rows) '
            'SELECT %5$L, d.%4$I::text, count(*) FILTER (WHERE d.is_kept), count(*) FILTER (WHERE NOT d.is_kept) '
            'FROM ('
            'SELECT true AS is_kept, k.* FROM (TABLE kept EXCEPT TABLE counted) AS k '
            'UNION ALL '
            'SELECT false AS is_kept, c.* FROM (TABLE counted EXCEPT TABLE kept) AS c'
            ') AS d GROUP BY d.%4$I',
            v_table.table_name, v_table.column_list, v_table.source_name, v_table.group_column, v_table.table_name
        )
        USING p_groups;
    END LOOP;
END
$$;
