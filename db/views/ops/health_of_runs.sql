CREATE VIEW ops.health_of_runs AS
WITH

last_run AS (
    SELECT r.*
    FROM ops.run AS r
    INNER JOIN ops.latest AS t ON r.run_id = t.last_run_id
),

last_publish AS (
    SELECT max(r.finished_at) AS published_at
    FROM ops.run AS r
    INNER JOIN ops.latest AS t ON r.run_id = t.last_publish_id
),

stale_run AS (
    SELECT max(r.run_id) AS run_id
    FROM ops.run AS r
    WHERE r.status = 'running' AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_stat_activity AS a
        WHERE a.pid = r.backend_pid
    )
),

open_alert AS (
    SELECT
        count(*) AS alerts,
        count(*) FILTER (WHERE a.severity = 'error') AS errors,
        string_agg(DISTINCT a.kind, ', ' ORDER BY a.kind) AS kinds
    FROM ops.alert AS a
    WHERE a.closed_at IS NULL
),

last_maintenance AS (
    SELECT max(a.happened_at) AS maintained_at
    FROM ops.audit AS a
    WHERE a.object_name = 'ops.maintain()'
),

installed AS (
    SELECT min(i.installed_at) AS installed_at
    FROM ops.installed_object AS i
)

SELECT
    CASE WHEN c.is_fixed THEN 'WARN' ELSE 'OK' END AS level,
    'clock' AS subject,
    CASE WHEN c.is_fixed THEN format('fixed at %s', c.as_of) ELSE 'follows the calendar' END AS finding,
    CASE WHEN c.is_fixed THEN 'For live data run: runner refresh --as-of today' END AS remedy
FROM config.clock AS c
UNION ALL
SELECT
    'FAIL' AS level,
    'clock' AS subject,
    'config.clock has no row' AS finding,
    'Run: INSERT INTO config.clock DEFAULT VALUES;' AS remedy
WHERE NOT EXISTS (SELECT FROM config.clock)
UNION ALL
SELECT
    CASE WHEN r.run_id IS NULL THEN 'WARN' WHEN r.status = 'succeeded' THEN 'OK' ELSE 'FAIL' END AS level,
    'last refresh' AS subject,
    CASE
        WHEN r.run_id IS NULL THEN 'there was none'
        WHEN r.status = 'succeeded'
            THEN format('run %s succeeded, %s', r.run_id, to_char(r.finished_at AT TIME ZONE s.time_zone, 'YYYY-MM-DD HH24:MI'))
        ELSE format('run %s: %s', r.run_id, r.error_message)
    END AS finding,
    CASE
        WHEN r.run_id IS NULL THEN 'Run: runner load DIR, then runner refresh'
        WHEN r.status <> 'succeeded' THEN 'See docs/runbook.md#refresh-failed'
    END AS remedy
FROM config.shop AS s
LEFT JOIN last_run AS r ON true
UNION ALL
SELECT
    CASE
        WHEN p.published_at IS NULL THEN 'WARN'
        WHEN clock_timestamp() - p.published_at > f.max_age THEN 'FAIL'
        ELSE 'OK'
    END AS level,
    'age of figures' AS subject,
    coalesce(
        'published ' || round(extract(EPOCH FROM clock_timestamp() - p.published_at) / 3600, 1) || ' hours ago',
        'never published'
    ) AS finding,
    CASE
        WHEN p.published_at IS NULL THEN 'Run: runner refresh'
        WHEN clock_timestamp() - p.published_at > f.max_age
            THEN 'They are older than config.freshness.max_age: see docs/runbook.md#data-stale'
    END AS remedy
FROM config.freshness AS f
CROSS JOIN last_publish AS p
UNION ALL
SELECT
    CASE WHEN r.run_id IS NULL THEN 'OK' ELSE 'WARN' END AS level,
    'abandoned runs' AS subject,
    CASE WHEN r.run_id IS NULL THEN 'none' ELSE format('run %s was left by a dead backend', r.run_id) END
        AS finding,
    CASE WHEN r.run_id IS NOT NULL THEN 'The next refresh closes it.' END AS remedy
FROM stale_run AS r
UNION ALL
SELECT
    CASE WHEN a.errors > 0 THEN 'FAIL' WHEN a.alerts > 0 THEN 'WARN' ELSE 'OK' END AS level,
    'alerts' AS subject,
    CASE WHEN a.alerts > 0 THEN format('%s open: %s', a.alerts, a.kinds) ELSE 'none is open' END AS finding,
    CASE WHEN a.alerts > 0 THEN 'Run: runner status; what to do: docs/runbook.md' END AS remedy
FROM open_alert AS a
UNION ALL
SELECT
    CASE WHEN clock_timestamp() - coalesce(m.maintained_at, i.installed_at) > interval '15 days' THEN 'WARN' ELSE 'OK' END
        AS level,
    'maintenance' AS subject,
    coalesce('last ' || to_char(m.maintained_at, 'YYYY-MM-DD'), 'not yet') AS finding,
    CASE
        WHEN clock_timestamp() - coalesce(m.maintained_at, i.installed_at) > interval '15 days'
            THEN 'Run: runner maintain; and see that it is scheduled'
    END AS remedy
FROM last_maintenance AS m
CROSS JOIN installed AS i;

COMMENT ON VIEW ops.health_of_runs IS 'One row per check of how the pipeline runs: OK, WARN or FAIL, and what to do.';
