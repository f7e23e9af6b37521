CREATE VIEW ops.view_input AS
WITH RECURSIVE

dependency AS MATERIALIZED (
    SELECT d.*
    FROM ops.view_dependency AS d
),

reach AS (
    SELECT
        d.view_id,
        d.relation_id,
        d.relation_kind,
        1 AS depth
    FROM dependency AS d
    INNER JOIN pg_catalog.pg_class AS c ON d.view_id = c.oid
    WHERE c.relnamespace IN (to_regnamespace('analytics'), to_regnamespace('assertions'))
    UNION
    SELECT
        reach.view_id,
        d.relation_id,
        d.relation_kind,
        reach.depth + 1 AS depth
    FROM reach
    INNER JOIN dependency AS d ON reach.relation_id = d.view_id
)

SELECT
    c.relnamespace::regnamespace::text AS schema_name,
    c.relname::text AS view_name,
    coalesce(max(reach.depth) FILTER (WHERE reach.relation_kind = 'm'), 0) AS depth,
    coalesce(
        array_agg(DISTINCT format('%I.%I', n.nspname, r.relname)) FILTER (WHERE reach.relation_kind IN ('r', 'p')), '{}'
    ) AS input_tables
FROM pg_catalog.pg_class AS c
LEFT JOIN reach ON c.oid = reach.view_id
LEFT JOIN pg_catalog.pg_class AS r ON reach.relation_id = r.oid
LEFT JOIN pg_catalog.pg_namespace AS n ON r.relnamespace = n.oid
WHERE
    c.relnamespace = to_regnamespace('analytics') AND c.relkind = 'm'
    OR c.relnamespace = to_regnamespace('assertions') AND c.relkind = 'v'
GROUP BY c.oid, c.relnamespace, c.relname;

COMMENT ON VIEW ops.view_input IS
'One row per materialized view of analytics and per assertion: what it reads in the end, through other views too.';
COMMENT ON COLUMN ops.view_input.depth IS 'The longest way down to another materialized view: those of less depth come first.';
COMMENT ON COLUMN ops.view_input.input_tables IS 'Qualified names of the tables that it reads.';
