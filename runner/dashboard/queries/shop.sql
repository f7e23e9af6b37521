-- One row: whose page this is, what it shows, and how the last refresh went.
WITH

last_run AS (
    SELECT r.*
    FROM ops.run AS r
    WHERE r.status <> 'skipped'
    ORDER BY r.run_id DESC
    LIMIT 1
),

last_publish AS (
    SELECT max(r.finished_at) AS published_at
    FROM ops.run AS r
    WHERE r.status = 'succeeded'
)

SELECT
    s.shop_name,
    s.currency,
    k.as_of,
    p.published_at AT TIME ZONE s.time_zone AS published_at,
    r.status AS last_run_status,
    r.finished_at AT TIME ZONE s.time_zone AS last_run_finished_at,
    r.error_message AS last_run_error
FROM config.shop AS s
CROSS JOIN config.clock AS k
CROSS JOIN last_publish AS p
LEFT JOIN last_run AS r ON true;
