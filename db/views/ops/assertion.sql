CREATE VIEW ops.assertion AS
SELECT
    c.relname::text AS assertion_name,
    i.installed_at,
    coalesce(s.severity, split_part(obj_description(c.oid, 'pg_class'), ': ', 1), 'error') AS severity,
    regexp_replace(obj_description(c.oid, 'pg_class'), '^\w+: ', '') AS description
FROM pg_catalog.pg_class AS c
LEFT JOIN ops.installed_object AS i ON i.object_name = 'assertions.' || c.relname
LEFT JOIN config.assertion_severity AS s ON c.relname = s.assertion_name
WHERE c.relnamespace = to_regnamespace('assertions') AND c.relkind = 'v';

COMMENT ON VIEW ops.assertion IS 'One row per assertion, as this shop takes it.';
COMMENT ON COLUMN ops.assertion.installed_at IS 'When its present text was installed.';
COMMENT ON COLUMN ops.assertion.severity IS
'error, or without a comment: violating rows stop the publish. warn: they are reported.';
COMMENT ON COLUMN ops.assertion.description IS 'What must hold.';
