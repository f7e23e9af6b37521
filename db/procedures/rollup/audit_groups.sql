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
        WITH

        drawn AS (
            SELECT
                k.group_column,
                array_agg(k.group_key) AS group_keys
            FROM rollup.audited AS a
            CROSS JOIN LATERAL (
                VALUES ('customer_id', a.customer_id), ('sale_date', a.sale_date::text), ('pair_hash', a.pair_hash::text)
            ) AS k (group_column, group_key)
            WHERE a.is_sample AND k.group_key IS NOT NULL
            GROUP BY k.group_column
        )

        SELECT
            m.*,
            d.group_keys
        FROM rollup.maintained_table AS m
        INNER JOIN drawn AS d ON m.group_column = d.group_column
        WHERE m.table_name LIKE ANY (p_tables)
    LOOP
        EXECUTE format(
            'WITH kept AS MATERIALIZED (SELECT %2$s FROM rollup.%1$I WHERE %4$I = ANY ($1::%5$s[])), '
            'counted AS MATERIALIZED (SELECT %2$s FROM rollup.%3$I WHERE %4$I = ANY ($1::%5$s[])) '
            'INSERT INTO rollup.audit_difference (table_name, group_key, kept_rows, counted_rows) '
            'SELECT %1$L, d.%4$I::text, count(*) FILTER (WHERE d.is_kept), count(*) FILTER (WHERE NOT d.is_kept) '
            'FROM ('
            'SELECT true AS is_kept, k.* FROM (TABLE kept EXCEPT TABLE counted) AS k '
            'UNION ALL '
            'SELECT false AS is_kept, c.* FROM (TABLE counted EXCEPT TABLE kept) AS c'
            ') AS d GROUP BY d.%4$I',
            v_table.table_name, v_table.column_list, v_table.source_name, v_table.group_column, v_table.group_type
        )
        USING v_table.group_keys;
    END LOOP;
END
$$;
