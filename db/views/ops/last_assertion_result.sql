CREATE VIEW ops.last_assertion_result AS
SELECT
    a.assertion_name,
    a.violation_count,
    a.violating_rows,
    r.started_at
FROM ops.run AS r
INNER JOIN ops.latest AS t ON r.run_id = t.last_publish_id
INNER JOIN ops.assertion_result AS a ON r.run_id = a.run_id;

COMMENT ON VIEW ops.last_assertion_result IS 'One row per assertion: what it found when the figures were last published.';
