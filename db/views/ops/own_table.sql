CREATE VIEW ops.own_table AS
SELECT
    c.oid::regclass AS table_id,
    s.schema_name,
    c.relname::text AS table_name,
    c.relkind = 'm' AS is_view
FROM pg_catalog.pg_class AS c
INNER JOIN ops.own_schema AS s ON c.relnamespace = to_regnamespace(quote_ident(s.schema_name))
WHERE c.relkind IN ('r', 'p', 'm');

COMMENT ON VIEW ops.own_table IS 'One row per table and materialized view of the pipeline.';
COMMENT ON COLUMN ops.own_table.is_view IS 'A materialized view: published, not kept.';
