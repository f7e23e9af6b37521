CREATE VIEW rollup.maintained_table AS
SELECT
    t.relname::text AS table_name,
    (t.relname || '_recounted')::text AS source_name,
    min(a.attname) FILTER (WHERE a.attnum = 1)::text AS group_column,
    string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) AS column_list
FROM pg_catalog.pg_class AS t
INNER JOIN pg_catalog.pg_class AS v
    ON t.relnamespace = v.relnamespace AND v.relname = t.relname || '_recounted' AND v.relkind = 'v'
INNER JOIN pg_catalog.pg_attribute AS a ON t.oid = a.attrelid AND a.attnum > 0 AND NOT a.attisdropped
WHERE t.relnamespace = to_regnamespace('rollup') AND t.relkind = 'r'
GROUP BY t.relname;

COMMENT ON VIEW rollup.maintained_table IS
'One row per rollup table: a table X beside a view X_recounted. Its first column is its group, customer_id or sale_date.';
