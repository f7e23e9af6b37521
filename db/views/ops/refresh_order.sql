CREATE VIEW ops.refresh_order AS
WITH RECURSIVE

reach AS (
    SELECT
        view_id,
        relation_id,
        relation_kind,
        1 AS depth
    FROM ops.view_dependency
    WHERE view_kind = 'm'
    UNION
    SELECT
        reach.view_id,
        d.relation_id,
        d.relation_kind,
        reach.depth + 1 AS depth
    FROM reach
    INNER JOIN ops.view_dependency AS d ON reach.relation_id = d.view_id
)

SELECT
    c.relname::text AS view_name,
    coalesce(max(reach.depth) FILTER (WHERE reach.relation_kind = 'm'), 0) AS depth,
    array_agg(DISTINCT format('%I.%I', n.nspname, r.relname)) FILTER (WHERE reach.relation_kind IN ('r', 'p'))
        AS input_tables
FROM pg_catalog.pg_class AS c
LEFT JOIN reach ON c.oid = reach.view_id
LEFT JOIN pg_catalog.pg_class AS r ON reach.relation_id = r.oid
LEFT JOIN pg_catalog.pg_namespace AS n ON r.relnamespace = n.oid
WHERE c.relnamespace = to_regnamespace('analytics') AND c.relkind = 'm'
GROUP BY c.oid, c.relname;

COMMENT ON VIEW ops.refresh_order IS
'One row per materialized view of analytics: refreshed by depth; input_tables: what it reads, through views too.';
