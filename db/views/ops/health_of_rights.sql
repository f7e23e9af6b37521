CREATE VIEW ops.health_of_rights AS
WITH

party AS (
    SELECT
        g.role_name,
        r.oid AS role_id
    FROM ops.grantee AS g
    INNER JOIN pg_catalog.pg_roles AS r ON g.role_name = r.rolname
    UNION ALL
    SELECT
        'PUBLIC' AS role_name,
        0::oid AS role_id
),

relation AS (
    SELECT
        s.schema_name,
        c.oid AS relation_id,
        n.oid AS schema_id
    FROM ops.own_schema AS s
    INNER JOIN pg_catalog.pg_namespace AS n ON s.schema_name = n.nspname
    INNER JOIN pg_catalog.pg_class AS c ON n.oid = c.relnamespace AND c.relkind IN ('r', 'p', 'v', 'm')
),

right_of AS (
    SELECT
        p.role_name,
        r.schema_name,
        bool_or(has_table_privilege(p.role_id, r.relation_id, 'SELECT')) AS may_read,
        bool_or(has_table_privilege(p.role_id, r.relation_id, 'INSERT, UPDATE, DELETE, TRUNCATE')) AS may_write
    FROM party AS p
    INNER JOIN relation AS r ON has_schema_privilege(p.role_id, r.schema_id, 'USAGE')
    GROUP BY p.role_name, r.schema_name
),

summed AS (
    SELECT
        p.role_name,
        string_agg(r.schema_name, ', ' ORDER BY r.schema_name) FILTER (WHERE r.may_read) AS reads,
        string_agg(r.schema_name, ', ' ORDER BY r.schema_name) FILTER (WHERE r.may_write) AS writes,
        bool_or(
            p.role_name = 'PUBLIC' AND (r.may_read OR r.may_write)
            OR p.role_name = 'pipeline_reader' AND (r.may_write OR r.may_read AND r.schema_name NOT IN ('bi', 'live'))
        ) AS is_too_much
    FROM party AS p
    LEFT JOIN right_of AS r ON p.role_name = r.role_name
    GROUP BY p.role_name
)

SELECT
    CASE WHEN s.is_too_much THEN 'FAIL' ELSE 'OK' END AS level,
    format('rights of %s', s.role_name) AS subject,
    concat_ws('; ', 'reads ' || s.reads, 'writes ' || s.writes, CASE WHEN num_nonnulls(s.reads, s.writes) = 0 THEN 'none' END)
        AS finding,
    CASE WHEN s.is_too_much THEN 'More than it should: REVOKE what somebody granted' END AS remedy
FROM summed AS s;

COMMENT ON VIEW ops.health_of_rights IS
'One row per role that was granted something of the pipeline, and PUBLIC: what it may do, and whether that is too much.';
