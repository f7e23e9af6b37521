CREATE VIEW live.assertion_results AS
SELECT
    a.run_id,
    r.finished_at AT TIME ZONE s.time_zone AS finished_at,
    a.assertion_name,
    a.severity,
    CASE WHEN a.violation_count = 0 THEN 'pass' WHEN a.severity = 'error' THEN 'fail' ELSE 'warn' END AS outcome,
    a.violation_count,
    a.seconds,
    regexp_replace(obj_description(c.oid, 'pg_class'), '^\w+: ', '') AS description
FROM ops.assertion_result AS a
INNER JOIN ops.run AS r ON a.run_id = r.run_id
CROSS JOIN config.shop AS s
LEFT JOIN pg_catalog.pg_namespace AS n ON n.nspname = 'assertions'
LEFT JOIN pg_catalog.pg_class AS c ON n.oid = c.relnamespace AND a.assertion_name = c.relname;

COMMENT ON VIEW live.assertion_results IS
'One row per run and assertion: what it found. Without the violating rows, which readers of bi need not see.';
COMMENT ON COLUMN live.assertion_results.run_id IS 'The refresh.';
COMMENT ON COLUMN live.assertion_results.finished_at IS 'When it ended, the shop''s local time; NULL while it runs.';
COMMENT ON COLUMN live.assertion_results.assertion_name IS 'Its view in the schema assertions.';
COMMENT ON COLUMN live.assertion_results.severity IS 'error stops the publish, warn does not.';
COMMENT ON COLUMN live.assertion_results.outcome IS 'pass, warn or fail.';
COMMENT ON COLUMN live.assertion_results.violation_count IS 'Rows that break the rule.';
COMMENT ON COLUMN live.assertion_results.seconds IS 'Seconds that it took.';
COMMENT ON COLUMN live.assertion_results.description IS 'What it asks for; NULL for one that is no more.';
