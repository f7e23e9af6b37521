CREATE VIEW rollup.maintained_table AS
WITH

-- A table X beside a view X_recounted.
pairs AS (
    SELECT
        t.oid AS table_id,
        t.relname::text AS table_name,
        v.relname::text AS source_name,
        EXISTS (
            SELECT
            FROM ops.view_dependency AS d
            INNER JOIN pg_catalog.pg_class AS r ON d.relation_id = r.oid
            WHERE d.view_id = v.oid AND r.relnamespace = t.relnamespace AND r.relkind = 'r'
        )::integer AS depth
    FROM pg_catalog.pg_class AS t
    INNER JOIN pg_catalog.pg_class AS v
        ON t.relnamespace = v.relnamespace AND v.relname = t.relname || '_recounted' AND v.relkind = 'v'
    WHERE t.relnamespace = to_regnamespace('rollup') AND t.relkind = 'r'
)

SELECT
    p.table_name,
    p.source_name,
    p.depth,
    min(a.attname) FILTER (WHERE a.attnum = 1)::text AS group_column,
    k.conname::text AS key_name,
    string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) AS column_list,
    string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) FILTER (WHERE a.attnum = ANY (k.conkey)) AS key_list,
    string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) FILTER (WHERE a.attnum <> ALL (k.conkey)) AS value_list,
    string_agg(format('k.%I', a.attname), ', ' ORDER BY a.attnum) FILTER (WHERE a.attnum <> ALL (k.conkey)) AS kept_values,
    string_agg(format('excluded.%I', a.attname), ', ' ORDER BY a.attnum) FILTER (WHERE a.attnum <> ALL (k.conkey))
        AS new_values
FROM pairs AS p
INNER JOIN pg_catalog.pg_attribute AS a ON p.table_id = a.attrelid AND a.attnum > 0 AND NOT a.attisdropped
INNER JOIN pg_catalog.pg_constraint AS k ON p.table_id = k.conrelid AND k.contype = 'p'
GROUP BY p.table_name, p.source_name, p.depth, k.conname;

COMMENT ON VIEW rollup.maintained_table IS
'One row per rollup table X beside a view X_recounted. Its first column is its group: customer_id, sale_date or sale_month. depth 1: counted from another rollup. The lists are SQL, the table going by the name k.';
