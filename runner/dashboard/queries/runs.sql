-- One row per refresh, the newest 30.
SELECT
    r.run_id,
    r.status,
    r.as_of,
    r.started_at,
    r.seconds,
    r.error_message
FROM live.runs AS r
ORDER BY r.run_id DESC
LIMIT 30;
