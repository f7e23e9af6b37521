CREATE VIEW ops.catalog_column AS
SELECT
    c.relname::text AS view_name,
    (row_number() OVER (PARTITION BY c.oid ORDER BY a.attnum))::smallint AS place,
    a.attname::text AS column_name,
    format_type(a.atttypid, a.atttypmod) AS data_type,
    k.relation_id IS NOT NULL AS is_key,
    coalesce(col_description(c.oid, a.attnum), '') AS column_comment,
    coalesce(obj_description(c.oid, 'pg_class'), '') AS view_comment
FROM pg_catalog.pg_class AS c
INNER JOIN pg_catalog.pg_attribute AS a ON c.oid = a.attrelid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN (SELECT DISTINCT
    i.indrelid AS relation_id,
    unnest(i.indkey) AS column_number
FROM pg_catalog.pg_index AS i
WHERE i.indisunique) AS k ON c.oid = k.relation_id AND a.attnum = k.column_number
WHERE
    c.relnamespace = to_regnamespace('analytics')
    AND c.relkind = 'm'
    AND coalesce(col_description(c.oid, a.attnum), '') NOT LIKE 'Internal: %';

COMMENT ON VIEW ops.catalog_column IS
'One row per column of a materialized view of analytics, from the catalog: what ops.published_column must hold. '
'Columns whose comment begins with "Internal:" are left out.';
