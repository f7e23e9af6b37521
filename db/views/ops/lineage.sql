CREATE VIEW ops.lineage AS
WITH RECURSIVE

access AS MATERIALIZED (
    SELECT a.*
    FROM ops.routine_access AS a
),

-- A routine with those that it calls, as far down as they go.
reach AS (
    SELECT DISTINCT
        a.routine_name,
        a.routine_name AS member_name
    FROM access AS a
    UNION
    SELECT
        reach.routine_name,
        a.object_name AS member_name
    FROM reach
    INNER JOIN access AS a ON reach.member_name = a.routine_name AND a.access = 'calls'
),

taken AS (
    SELECT DISTINCT
        reach.routine_name,
        a.object_name,
        split_part(a.object_name, '.', 1) AS schema_name
    FROM reach
    INNER JOIN access AS a ON reach.member_name = a.routine_name AND a.access = 'reads'
),

-- A writer that reads nothing but settings is given its values: what its callers read counts.
writer AS (
    SELECT DISTINCT
        w.object_name AS relation_name,
        w.routine_name,
        coalesce(c.routine_name, w.routine_name) AS source_routine
    FROM access AS w
    LEFT JOIN access AS c
        ON c.access = 'calls' AND w.routine_name = c.object_name AND w.routine_name NOT IN (
            SELECT t.routine_name FROM taken AS t
            WHERE t.schema_name NOT IN ('config', 'ops') AND t.object_name <> w.object_name
        )
    WHERE w.access = 'writes'
),

value_writer AS (
    SELECT
        w.relation_name,
        string_agg(DISTINCT w.routine_name, ', ') AS routine_names
    FROM writer AS w
    WHERE w.relation_name LIKE 'rollup.%' OR w.relation_name LIKE 'staging.%' AND w.routine_name LIKE 'landing.%'
    GROUP BY w.relation_name
)

SELECT DISTINCT
    format('%I.%I', vn.nspname, v.relname) AS relation_name,
    NULL::text AS column_name,
    format('%I.%I', rn.nspname, r.relname) AS source_name,
    a.attname::text AS source_column,
    'reads' AS relation_kind,
    NULL::text AS routine_names
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
    format('%I.%I', n.nspname, c.relname) AS relation_name,
    g.attname::text AS column_name,
    format('%I.%I', n.nspname, c.relname) AS source_name,
    a.attname::text AS source_column,
    'is computed from' AS relation_kind,
    NULL AS routine_names
FROM pg_catalog.pg_attrdef AS e
INNER JOIN pg_catalog.pg_attribute AS g ON e.adrelid = g.attrelid AND e.adnum = g.attnum AND g.attgenerated <> ''
INNER JOIN pg_catalog.pg_class AS c ON e.adrelid = c.oid
INNER JOIN pg_catalog.pg_namespace AS n ON c.relnamespace = n.oid
INNER JOIN ops.own_schema AS s ON n.nspname = s.schema_name
INNER JOIN pg_catalog.pg_depend AS d
    ON e.oid = d.objid AND d.classid = 'pg_attrdef'::regclass AND d.refclassid = 'pg_class'::regclass AND e.adrelid = d.refobjid
INNER JOIN pg_catalog.pg_attribute AS a ON d.refobjid = a.attrelid AND d.refobjsubid = a.attnum AND g.attnum <> a.attnum

UNION ALL

SELECT
    'rollup.' || m.table_name AS relation_name,
    c.column_name,
    'rollup.' || m.source_name AS source_name,
    c.column_name AS source_column,
    'is counted by' AS relation_kind,
    w.routine_names
FROM rollup.maintained_table AS m
CROSS JOIN LATERAL unnest(string_to_array(replace(m.column_list, '"', ''), ', ')) AS c (column_name)
LEFT JOIN value_writer AS w ON w.relation_name = 'rollup.' || m.table_name

UNION ALL

SELECT
    'staging.' || i.table_name AS relation_name,
    i.column_name,
    i.table_name || '.csv' AS source_name,
    i.column_name AS source_column,
    'is loaded from' AS relation_kind,
    w.routine_names
FROM config.input_column AS i
LEFT JOIN value_writer AS w ON w.relation_name = 'staging.' || i.table_name
WHERE i.presence <> 'derived'

UNION ALL

SELECT
    w.relation_name,
    NULL AS column_name,
    t.object_name AS source_name,
    NULL AS source_column,
    'is written from' AS relation_kind,
    string_agg(DISTINCT w.routine_name, ', ') AS routine_names
FROM writer AS w
INNER JOIN taken AS t ON w.source_routine = t.routine_name AND w.relation_name <> t.object_name
WHERE
    (w.relation_name LIKE 'predict.%' OR w.relation_name LIKE 'rollup.%' OR w.relation_name LIKE 'staging.%')
    AND w.relation_name NOT IN (SELECT 'rollup.' || m.table_name FROM rollup.maintained_table AS m)
    AND w.relation_name NOT IN (SELECT 'staging.' || i.table_name FROM config.input_column AS i)
    AND t.schema_name <> 'ops'
GROUP BY w.relation_name, t.object_name;

COMMENT ON VIEW ops.lineage IS
'One row per relation, or column of one, and column of another one, or of a file, that it is made of directly. From pg_depend, '
'rollup.maintained_table, config.input_column and ops.routine_access.';
COMMENT ON COLUMN ops.lineage.column_name IS
'The column that is made of it; NULL for views, whose definitions tell which column is made of which ("runner lineage" reads '
'them), and for tables that routines write, of which nobody tells.';
COMMENT ON COLUMN ops.lineage.source_column IS 'NULL: its rows, no column in particular.';
COMMENT ON COLUMN ops.lineage.relation_kind IS 'reads, is computed from, is counted by, is loaded from, is written from.';
COMMENT ON COLUMN ops.lineage.routine_names IS 'What brings the values there; NULL for views.';
