CREATE VIEW ops.last_assertion_result AS
SELECT
    a.assertion_name,
    a.violation_count,
    a.violating_rows,
    r.started_at
FROM ops.run AS r
INNER JOIN ops.assertion_result AS a ON r.run_id = a.run_id
WHERE r.run_id = (
    SELECT max(l.run_id) FROM ops.run AS l
    WHERE l.status = 'succeeded'
);

COMMENT ON VIEW ops.last_assertion_result IS 'One row per assertion: what it found when the figures were last published.';
