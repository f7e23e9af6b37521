-- One row per load, the newest 30.
SELECT
    l.load_id,
    l.status,
    l.started_at,
    l.rows_read,
    l.rows_inserted,
    l.rows_updated,
    l.rows_refused,
    l.seconds,
    l.error_message
FROM live.loads AS l
ORDER BY l.load_id DESC
LIMIT 30;
