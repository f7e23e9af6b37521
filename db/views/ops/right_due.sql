CREATE VIEW ops.right_due AS
WITH

party AS (
    SELECT
        r.oid AS role_id,
        quote_ident(r.rolname) AS role_text,
        r.rolname::text AS role_name
    FROM pg_catalog.pg_roles AS r
    WHERE r.rolname IN (SELECT a.role_name FROM ops.access_rule AS a)
    UNION ALL
    SELECT
        0::oid AS role_id,
        'PUBLIC' AS role_text,
        NULL AS role_name
),

objects AS MATERIALIZED (
    SELECT o.*
    FROM ops.own_object AS o
),

relation_columns AS (
    SELECT
        a.attrelid AS object_id,
        a.attname::text AS column_name,
        a.attacl AS acl,
        p.column_name IS NOT NULL AS is_personal
    FROM pg_catalog.pg_attribute AS a
    LEFT JOIN ops.personal_column AS p ON a.attname = p.column_name
    WHERE a.attnum > 0 AND NOT a.attisdropped
),

ruled AS (
    SELECT DISTINCT ON (o.kind, o.object_id, y.role_id)
        o.kind,
        o.object_id,
        o.schema_name,
        y.role_id,
        a.rights,
        a.columns,
        o.object_id IN (
            SELECT c.object_id FROM relation_columns AS c
            WHERE c.is_personal
        ) AS has_personal,
        o.object_id IN (
            SELECT c.object_id FROM relation_columns AS c
            WHERE c.column_name = 'is_only_row'
        ) AS is_one_row
    FROM objects AS o
    INNER JOIN ops.access_rule AS a ON o.schema_name = a.schema_name AND o.object_name LIKE a.object_pattern
    INNER JOIN party AS y ON a.role_name = y.role_name
    ORDER BY o.kind, o.object_id, y.role_id, length(a.object_pattern) DESC
),

wanted AS (
    SELECT
        'SCHEMA' AS kind,
        o.object_id,
        NULL AS column_name,
        y.role_id,
        'USAGE' AS privilege
    FROM objects AS o
    INNER JOIN ops.access_rule AS a ON o.schema_name = a.schema_name AND a.rights <> '{}'
    INNER JOIN party AS y ON a.role_name = y.role_name
    WHERE o.kind = 'SCHEMA'

    UNION

    SELECT
        r.kind,
        r.object_id,
        NULL AS column_name,
        r.role_id,
        p.privilege
    FROM ruled AS r
    CROSS JOIN unnest(r.rights) AS p (privilege)
    WHERE
        CASE r.kind
            WHEN 'ROUTINE' THEN p.privilege = 'EXECUTE'
            WHEN 'SEQUENCE' THEN p.privilege IN ('USAGE', 'UPDATE') AND r.rights @> '{USAGE}'
            WHEN 'VIEW' THEN p.privilege = 'SELECT'
            ELSE p.privilege IN ('SELECT', 'UPDATE') OR p.privilege IN ('INSERT', 'DELETE', 'TRUNCATE') AND NOT r.is_one_row
        END
        AND (r.columns = 'all' OR r.columns = 'others' AND NOT r.has_personal)

    UNION

    SELECT
        r.kind,
        r.object_id,
        c.column_name,
        r.role_id,
        'SELECT' AS privilege
    FROM ruled AS r
    INNER JOIN relation_columns AS c ON r.object_id = c.object_id
    WHERE
        r.kind IN ('TABLE', 'VIEW')
        AND r.has_personal
        AND (r.columns = 'personal' AND c.is_personal OR r.columns = 'others' AND NOT c.is_personal)
),

kept AS (
    SELECT
        o.kind,
        o.object_id,
        NULL AS column_name,
        x.grantee AS role_id,
        x.privilege_type AS privilege
    FROM objects AS o
    CROSS JOIN LATERAL aclexplode(o.acl) AS x
    INNER JOIN party AS y ON x.grantee = y.role_id
    WHERE x.grantee <> o.owner_id

    UNION

    SELECT
        o.kind,
        o.object_id,
        c.column_name,
        x.grantee AS role_id,
        x.privilege_type AS privilege
    FROM objects AS o
    INNER JOIN relation_columns AS c ON o.kind IN ('TABLE', 'VIEW') AND o.object_id = c.object_id
    CROSS JOIN LATERAL aclexplode(c.acl) AS x
    INNER JOIN party AS y ON x.grantee = y.role_id
    WHERE x.grantee <> o.owner_id
),

differences AS (
    SELECT
        'GRANT' AS verb,
        w.*
    FROM (
        SELECT * FROM wanted
        EXCEPT
        SELECT * FROM kept
    ) AS w
    UNION ALL
    SELECT
        'REVOKE' AS verb,
        k.*
    FROM (
        SELECT * FROM kept
        EXCEPT
        SELECT * FROM wanted
    ) AS k
)

SELECT
    d.verb,
    o.object_text,
    d.privilege || coalesce(' (' || quote_ident(d.column_name) || ')', '') AS privilege,
    coalesce(y.role_name, 'PUBLIC') AS role_name,
    format(
        '%s %s%s ON %s %s %s %s',
        d.verb, d.privilege, ' (' || quote_ident(d.column_name) || ')', CASE d.kind WHEN 'VIEW' THEN 'TABLE' ELSE d.kind END,
        o.object_text, CASE d.verb WHEN 'GRANT' THEN 'TO' ELSE 'FROM' END, y.role_text
    ) AS statement
FROM differences AS d
INNER JOIN objects AS o ON d.kind = o.kind AND d.object_id = o.object_id
INNER JOIN party AS y ON d.role_id = y.role_id;

COMMENT ON VIEW ops.right_due IS
'One row per right that ops.access_rule gives and a role lacks, or that a role of the pipeline or PUBLIC has beyond it. '
'Rights of other roles are left alone.';
COMMENT ON COLUMN ops.right_due.statement IS 'Settles it.';
