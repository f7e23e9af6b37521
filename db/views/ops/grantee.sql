CREATE VIEW ops.grantee AS
WITH

grants AS (
    SELECT n.nspacl AS acl
    FROM pg_catalog.pg_namespace AS n
    INNER JOIN ops.own_schema AS s ON n.nspname = s.schema_name
    UNION ALL
    SELECT c.relacl AS acl
    FROM pg_catalog.pg_class AS c
    INNER JOIN ops.own_schema AS s ON c.relnamespace = to_regnamespace(quote_ident(s.schema_name))
    UNION ALL
    SELECT p.proacl AS acl
    FROM pg_catalog.pg_proc AS p
    INNER JOIN ops.own_schema AS s ON p.pronamespace = to_regnamespace(quote_ident(s.schema_name))
    UNION ALL
    SELECT a.attacl AS acl
    FROM pg_catalog.pg_attribute AS a
    INNER JOIN pg_catalog.pg_class AS c ON a.attrelid = c.oid
    INNER JOIN ops.own_schema AS s ON c.relnamespace = to_regnamespace(quote_ident(s.schema_name))
)

SELECT DISTINCT r.rolname::text AS role_name
FROM grants AS g
CROSS JOIN LATERAL aclexplode(g.acl) AS x
INNER JOIN pg_catalog.pg_roles AS r ON x.grantee = r.oid
WHERE x.grantee <> x.grantor;

COMMENT ON VIEW ops.grantee IS
'One row per role that was granted something of the pipeline: a backup can be restored where these are.';
