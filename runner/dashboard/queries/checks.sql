-- One row per assertion and run, of the newest 20 runs that ran them.
SELECT
    a.run_id,
    a.finished_at,
    a.assertion_name,
    a.severity,
    a.outcome,
    a.violation_count,
    a.description,
    a.run_id = max(a.run_id) OVER () AS is_last
FROM live.assertion_results AS a
WHERE
    a.run_id IN (
        SELECT DISTINCT b.run_id
        FROM live.assertion_results AS b
        ORDER BY b.run_id DESC
        LIMIT 20
    )
ORDER BY a.run_id DESC, (a.violation_count > 0) DESC, a.severity ASC, a.assertion_name ASC;
