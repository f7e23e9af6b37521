CREATE VIEW ops.health_of_rights AS
WITH

party AS (
    SELECT
        r.rolname::text AS role_name,
        r.oid AS role_id
    FROM pg_catalog.pg_roles AS r
    WHERE
        r.rolname IN (SELECT g.role_name FROM ops.grantee AS g)
        OR r.rolname IN (SELECT a.role_name FROM ops.access_rule AS a)
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

-- What the rules let a role of the pipeline do in a schema; other roles have what somebody gave them.
ruled AS (
    SELECT
        a.role_name,
        a.schema_name,
        bool_or(a.rights && '{SELECT}') AS may_read,
        bool_or(a.rights && '{INSERT, UPDATE, DELETE, TRUNCATE}') AS may_write
    FROM ops.access_rule AS a
    GROUP BY a.role_name, a.schema_name
),

summed AS (
    SELECT
        p.role_name,
        string_agg(r.schema_name, ', ' ORDER BY r.schema_name) FILTER (WHERE r.may_read) AS reads,
        string_agg(r.schema_name, ', ' ORDER BY r.schema_name) FILTER (WHERE r.may_write) AS writes,
        coalesce(bool_or(
            (p.role_name = 'PUBLIC' OR p.role_name IN (SELECT a.role_name FROM ops.access_rule AS a))
            AND (r.may_read AND u.may_read IS NOT true OR r.may_write AND u.may_write IS NOT true)
        ), false) AS is_too_much
    FROM party AS p
    LEFT JOIN right_of AS r ON p.role_name = r.role_name
    LEFT JOIN ruled AS u ON r.role_name = u.role_name AND r.schema_name = u.schema_name
    GROUP BY p.role_name
),

-- What somebody granted or revoked by hand, of schemas, relations, columns and routines: the first few, and how many.
due AS (
    SELECT
        d.role_name,
        count(*) AS differences,
        string_agg(d.wording, ', ' ORDER BY d.place) FILTER (WHERE d.place <= 3) AS examples
    FROM (
        SELECT
            r.role_name,
            format('%s %s on %s', CASE r.verb WHEN 'GRANT' THEN 'lacks' ELSE 'has' END, r.privilege, r.object_text) AS wording,
            row_number() OVER (PARTITION BY r.role_name ORDER BY r.verb DESC, r.object_text ASC, r.privilege ASC) AS place
        FROM ops.right_due AS r
    ) AS d
    GROUP BY d.role_name
)

SELECT
    CASE WHEN s.is_too_much OR d.differences > 0 THEN 'FAIL' ELSE 'OK' END AS level,
    format('rights of %s', s.role_name) AS subject,
    concat_ws(
        '; ',
        'reads ' || s.reads,
        'writes ' || s.writes,
        CASE WHEN num_nonnulls(s.reads, s.writes, d.differences) = 0 THEN 'none' END,
        'not by the rules: ' || d.examples,
        CASE WHEN d.differences > 3 THEN format('%s more like these', d.differences - 3) END
    ) AS finding,
    CASE
        WHEN d.differences > 0 THEN 'Run: runner migrate, as the owner, which settles them; or see docs/security.md'
        WHEN s.is_too_much THEN 'More than it should, by a role that it is a member of or by the rights of PUBLIC: REVOKE that'
    END AS remedy
FROM summed AS s
LEFT JOIN due AS d ON s.role_name = d.role_name;

COMMENT ON VIEW ops.health_of_rights IS
'One row per role of the pipeline or that was granted something of it, and PUBLIC: what it may do, and whether the rules say so.';
