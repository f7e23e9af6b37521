CREATE VIEW ops.own_object AS
WITH

own_schemas AS (
    SELECT
        n.oid AS schema_id,
        n.nspname::text AS schema_name
    FROM pg_catalog.pg_namespace AS n
    WHERE n.nspname IN (SELECT a.schema_name FROM ops.access_rule AS a)
)

SELECT
    'SCHEMA' AS kind,
    n.oid AS object_id,
    s.schema_name,
    NULL AS object_name,
    quote_ident(s.schema_name) AS object_text,
    n.nspowner AS owner_id,
    coalesce(n.nspacl, acldefault('n', n.nspowner)) AS acl
FROM own_schemas AS s
INNER JOIN pg_catalog.pg_namespace AS n ON s.schema_id = n.oid
WHERE s.schema_name <> 'public'

UNION ALL

SELECT
    CASE c.relkind WHEN 'S' THEN 'SEQUENCE' WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'VIEW' ELSE 'TABLE' END AS kind,
    c.oid AS object_id,
    s.schema_name,
    c.relname::text AS object_name,
    format('%I.%I', s.schema_name, c.relname) AS object_text,
    c.relowner AS owner_id,
    coalesce(c.relacl, CASE c.relkind WHEN 'S' THEN acldefault('s', c.relowner) ELSE acldefault('r', c.relowner) END) AS acl
FROM own_schemas AS s
INNER JOIN pg_catalog.pg_class AS c ON s.schema_id = c.relnamespace
WHERE
    s.schema_name <> 'public'
    AND (
        c.relkind IN ('r', 'p', 'S')
        OR c.relkind IN ('v', 'm')
        AND EXISTS (
            SELECT FROM ops.installed_object AS i
            WHERE
                i.object_name = format('%s.%s', s.schema_name, c.relname)
                OR s.schema_name = 'bi' AND i.kind = 'matview' AND i.object_name = 'analytics.' || c.relname
        )
    )

UNION ALL

SELECT
    'ROUTINE' AS kind,
    p.oid AS object_id,
    s.schema_name,
    p.proname::text AS object_name,
    format('%I.%I(%s)', s.schema_name, p.proname, pg_get_function_identity_arguments(p.oid)) AS object_text,
    p.proowner AS owner_id,
    coalesce(p.proacl, acldefault('f', p.proowner)) AS acl
FROM own_schemas AS s
INNER JOIN pg_catalog.pg_proc AS p ON s.schema_id = p.pronamespace
INNER JOIN ops.installed_object AS i ON i.kind = 'routine' AND i.object_name = format('%s.%s', s.schema_name, p.proname);

COMMENT ON VIEW ops.own_object IS
'One row per schema, table, sequence, view and routine of the pipeline. Views and routines that somebody else made are not.';
COMMENT ON COLUMN ops.own_object.object_text IS 'As GRANT and ALTER take it.';
COMMENT ON COLUMN ops.own_object.acl IS 'The rights on it, those that it has without any GRANT too.';
