-- What readers of bi rely on: each view, column and type, in order. How to write it down anew: CONTRIBUTING.md.
SELECT
    c.relname AS view_name,
    a.attname AS column_name,
    format_type(a.atttypid, a.atttypmod) AS data_type
FROM pg_catalog.pg_class AS c
INNER JOIN pg_catalog.pg_attribute AS a ON c.oid = a.attrelid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relnamespace = 'bi'::regnamespace AND c.relkind = 'v'
ORDER BY c.relname COLLATE "C", a.attnum;
