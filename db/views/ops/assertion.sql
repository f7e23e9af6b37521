CREATE VIEW ops.assertion AS
SELECT
    v.view_name AS assertion_name,
    v.input_tables,
    i.installed_at,
    coalesce(s.severity, split_part(obj_description(to_regclass('assertions.' || quote_ident(v.view_name)), 'pg_class'), ': ', 1))
        AS severity,
    regexp_replace(obj_description(to_regclass('assertions.' || quote_ident(v.view_name)), 'pg_class'), '^\w+: ', '')
        AS description
FROM ops.view_input AS v
LEFT JOIN ops.installed_object AS i ON i.object_name = 'assertions.' || v.view_name
LEFT JOIN config.assertion_severity AS s ON v.view_name = s.assertion_name
WHERE v.schema_name = 'assertions';

COMMENT ON VIEW ops.assertion IS 'One row per assertion, as this shop takes it.';
COMMENT ON COLUMN ops.assertion.input_tables IS 'Tables that it reads in the end.';
COMMENT ON COLUMN ops.assertion.installed_at IS 'When its present text was installed.';
COMMENT ON COLUMN ops.assertion.severity IS 'error: violating rows stop the publish. warn: they are reported.';
COMMENT ON COLUMN ops.assertion.description IS 'What must hold.';
