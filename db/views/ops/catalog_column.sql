CREATE VIEW ops.catalog_column AS
SELECT
    c.relname::text COLLATE "C" AS view_name,
    (row_number() OVER (PARTITION BY c.oid ORDER BY a.attnum))::smallint AS place,
    a.attname::text COLLATE "C" AS column_name,
    format_type(a.atttypid, a.atttypmod) COLLATE "C" AS data_type,
    EXISTS (
        SELECT FROM pg_catalog.pg_index AS i
        WHERE i.indrelid = c.oid AND i.indisunique AND a.attnum = any(i.indkey)
    ) AS is_key,
    coalesce(col_description(c.oid, a.attnum), '') AS column_comment,
    coalesce(obj_description(c.oid, 'pg_class'), '') AS view_comment
FROM pg_catalog.pg_class AS c
INNER JOIN pg_catalog.pg_attribute AS a ON c.oid = a.attrelid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relnamespace = to_regnamespace('analytics') AND c.relkind = 'm';

COMMENT ON VIEW ops.catalog_column IS
'One row per column of a materialized view of analytics, from the catalog: what ops.published_column must hold.';
