CREATE VIEW ops.own_schema AS
SELECT n.nspname::text AS schema_name
FROM pg_catalog.pg_namespace AS n
WHERE
    n.nspname IN (
        'landing', 'staging', 'rollup', 'predict', 'analytics', 'bi', 'live', 'assertions', 'config', 'ops'
    );

COMMENT ON VIEW ops.own_schema IS
'One row per schema of the pipeline. Of public it has two procedures, which every installation makes.';
