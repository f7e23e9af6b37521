CREATE VIEW ops.lineage AS
SELECT DISTINCT
    format('%I.%I', vn.nspname, v.relname) AS relation_name,
    NULL::text AS column_name,
    format('%I.%I', rn.nspname, r.relname) AS source_name,
    a.attname::text AS source_column,
    'reads' AS relation_kind
FROM pg_catalog.pg_rewrite AS w
INNER JOIN pg_catalog.pg_depend AS d
    ON w.oid = d.objid AND d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjsubid > 0
INNER JOIN pg_catalog.pg_class AS v ON w.ev_class = v.oid
INNER JOIN pg_catalog.pg_namespace AS vn ON v.relnamespace = vn.oid
INNER JOIN ops.own_schema AS s ON vn.nspname = s.schema_name
INNER JOIN pg_catalog.pg_class AS r ON d.refobjid = r.oid AND v.oid <> r.oid
INNER JOIN pg_catalog.pg_namespace AS rn ON r.relnamespace = rn.oid AND rn.nspname <> 'pg_catalog'
INNER JOIN pg_catalog.pg_attribute AS a ON r.oid = a.attrelid AND d.refobjsubid = a.attnum
UNION ALL
SELECT
    'rollup.' || m.table_name AS relation_name,
    c.column_name,
    'rollup.' || m.source_name AS source_name,
    c.column_name AS source_column,
    'is counted by' AS relation_kind
FROM rollup.maintained_table AS m
CROSS JOIN LATERAL unnest(string_to_array(replace(m.column_list, '"', ''), ', ')) AS c (column_name)
UNION ALL
SELECT
    'staging.' || i.table_name AS relation_name,
    i.column_name,
    i.table_name || '.csv' AS source_name,
    i.column_name AS source_column,
    'is loaded from' AS relation_kind
FROM config.input_column AS i
WHERE i.presence <> 'derived';

COMMENT ON VIEW ops.lineage IS
'One row per relation and column of another one, or of a file, that it is made of directly. From pg_depend, the names of the '
'rollups, and config.input_column.';
COMMENT ON COLUMN ops.lineage.column_name IS
'The column that is made of it; NULL for views: the server keeps which columns a view reads, not for which of its own.';
COMMENT ON COLUMN ops.lineage.relation_kind IS 'reads, is counted by, is loaded from.';
