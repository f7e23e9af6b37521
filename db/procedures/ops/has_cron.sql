CREATE OR REPLACE FUNCTION ops.has_cron()
RETURNS boolean
LANGUAGE sql
STABLE
AS $$
    -- Is pg_cron in this database, and may this user use it?
    SELECT EXISTS (
        SELECT FROM pg_catalog.pg_namespace AS n
        WHERE n.nspname = 'cron' AND has_schema_privilege(n.oid, 'USAGE')
    )
    AND EXISTS (SELECT FROM pg_catalog.pg_extension AS e WHERE e.extname = 'pg_cron')
$$;
