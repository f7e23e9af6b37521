-- One row per metric and relation that has it: what the page says of a figure.
SELECT
    m.metric_name,
    'bi.' || m.source_view AS source_view,
    m.definition,
    m.formula,
    m.unit
FROM bi.metric_dictionary AS m
UNION ALL
SELECT
    a.attname AS metric_name,
    'live.' || c.relname AS source_view,
    rtrim(col_description(c.oid, a.attnum), '.') AS definition,
    NULL AS formula,
    CASE WHEN a.attname ~ '(revenue|value)' THEN 'money' ELSE substring(a.attname FROM '(orders|seconds|rows)') END AS unit
FROM pg_catalog.pg_class AS c
INNER JOIN pg_catalog.pg_attribute AS a ON c.oid = a.attrelid AND a.attnum > 0
WHERE
    c.relnamespace = to_regnamespace('live')
    AND col_description(c.oid, a.attnum) IS NOT NULL
    AND a.atttypid IN ('bigint'::regtype, 'numeric'::regtype)
    AND a.attname !~ '_id$'
ORDER BY source_view, metric_name;
