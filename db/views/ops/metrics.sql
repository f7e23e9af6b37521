CREATE VIEW ops.metrics AS
WITH

last_run AS (
    SELECT r.*
    FROM ops.run AS r
    INNER JOIN ops.latest AS t ON r.run_id = t.last_run_id
),

last_publish AS (
    SELECT r.*
    FROM ops.run AS r
    INNER JOIN ops.latest AS t ON r.run_id = t.last_publish_id
),

last_load AS (
    SELECT l.*
    FROM ops.load AS l
    INNER JOIN ops.latest AS t ON l.load_id = t.last_load_id
)

SELECT
    'pipeline_last_run_success' AS metric_name,
    'Whether the last refresh succeeded.' AS help,
    '{}'::jsonb AS labels,
    (r.status = 'succeeded')::integer::numeric AS metric_value
FROM last_run AS r
UNION ALL
SELECT
    'pipeline_last_run_seconds' AS metric_name,
    'How long the last refresh took.' AS help,
    '{}'::jsonb AS labels,
    extract(EPOCH FROM r.finished_at - r.started_at) AS metric_value
FROM last_run AS r
UNION ALL
SELECT
    'pipeline_step_seconds' AS metric_name,
    'How long each step of the last publish took.' AS help,
    jsonb_build_object('step', s.step_name) AS labels,
    s.seconds AS metric_value
FROM last_publish AS p
INNER JOIN ops.step AS s ON p.run_id = s.run_id
UNION ALL
SELECT
    'pipeline_runs' AS metric_name,
    'Refreshes that ops.run remembers, by how they ended.' AS help,
    jsonb_build_object('status', r.status) AS labels,
    count(*)::numeric AS metric_value
FROM ops.run AS r
GROUP BY r.status
UNION ALL
SELECT
    'pipeline_view_rows' AS metric_name,
    'Rows of each published view when it was last refreshed.' AS help,
    jsonb_build_object('view', v.step_name) AS labels,
    v.row_count::numeric AS metric_value
FROM (
    SELECT DISTINCT ON (s.step_name)
        s.step_name,
        s.row_count
    FROM ops.step AS s
    WHERE s.status = 'done' AND to_regclass('analytics.' || quote_ident(s.step_name)) IS NOT NULL
    ORDER BY s.step_name ASC, s.run_id DESC
) AS v
UNION ALL
SELECT
    'pipeline_figures_age_seconds' AS metric_name,
    'Time since figures were last published.' AS help,
    '{}'::jsonb AS labels,
    round(extract(EPOCH FROM clock_timestamp() - p.finished_at), 3) AS metric_value
FROM last_publish AS p
UNION ALL
SELECT
    'pipeline_figures_max_age_seconds' AS metric_name,
    'config.freshness.max_age.' AS help,
    '{}'::jsonb AS labels,
    extract(EPOCH FROM f.max_age) AS metric_value
FROM config.freshness AS f
UNION ALL
SELECT
    'pipeline_data_age_days' AS metric_name,
    'Days from the newest order to the day that figures are computed for.' AS help,
    '{}'::jsonb AS labels,
    (k.as_of - d.newest_order_date)::numeric AS metric_value
FROM config.clock AS k
CROSS JOIN (SELECT max(g.sale_date) AS newest_order_date FROM rollup.days AS g) AS d
WHERE d.newest_order_date IS NOT NULL
UNION ALL
SELECT
    'pipeline_last_load_success' AS metric_name,
    'Whether the last load succeeded.' AS help,
    '{}'::jsonb AS labels,
    (l.status = 'succeeded')::integer::numeric AS metric_value
FROM last_load AS l
UNION ALL
SELECT
    'pipeline_last_load_rows' AS metric_name,
    'Rows of the files of the last load, by what became of them.' AS help,
    jsonb_build_object('table', f.table_name, 'outcome', o.outcome) AS labels,
    o.row_count::numeric AS metric_value
FROM last_load AS l
INNER JOIN ops.load_file AS f ON l.load_id = f.load_id
CROSS JOIN
    LATERAL (
        VALUES
        ('inserted', f.rows_inserted),
        ('updated', f.rows_updated),
        ('unchanged', f.rows_unchanged),
        ('superseded', f.rows_superseded),
        ('refused', f.rows_refused),
        ('deleted', f.rows_deleted)
    ) AS o (outcome, row_count)
UNION ALL
SELECT
    'pipeline_refused_rows' AS metric_name,
    'Rows of files that were refused and not mended since, as of the last load of each file.' AS help,
    '{}'::jsonb AS labels,
    count(*)::numeric AS metric_value
FROM ops.refused_row
UNION ALL
SELECT
    'pipeline_assertion_violations' AS metric_name,
    'Violating rows of each assertion in the last refresh that ran them.' AS help,
    jsonb_build_object('assertion', a.assertion_name, 'severity', a.severity) AS labels,
    a.violation_count::numeric AS metric_value
FROM ops.assertion_result AS a
WHERE a.run_id = (SELECT max(b.run_id) FROM ops.assertion_result AS b)
UNION ALL
SELECT
    'pipeline_open_alerts' AS metric_name,
    'Open alerts of each kind.' AS help,
    jsonb_build_object('kind', k.kind, 'severity', k.severity) AS labels,
    count(a.alert_id)::numeric AS metric_value
FROM ops.alert_kind AS k
LEFT JOIN ops.alert AS a ON k.kind = a.kind AND a.closed_at IS NULL
WHERE k.kind NOT IN ('server down', 'watch failed')
GROUP BY k.kind, k.severity
UNION ALL
SELECT
    'pipeline_health_findings' AS metric_name,
    'Findings of the checks of the installation that the database can make of itself, by level.' AS help,
    jsonb_build_object('level', l.level) AS labels,
    count(h.level)::numeric AS metric_value
FROM (VALUES ('OK'), ('WARN'), ('FAIL')) AS l (level)
LEFT JOIN (
    SELECT r.level FROM ops.health_of_runs AS r
    UNION ALL
    SELECT s.level FROM ops.health_of_server AS s
    UNION ALL
    SELECT t.level FROM ops.health_of_tables AS t
) AS h ON l.level = h.level
GROUP BY l.level
UNION ALL
SELECT
    'pipeline_database_bytes' AS metric_name,
    'Size of the database.' AS help,
    '{}'::jsonb AS labels,
    pg_database_size(current_database())::numeric AS metric_value;

COMMENT ON VIEW ops.metrics IS 'One row per figure about the pipeline itself, for monitoring. All are gauges.';
COMMENT ON COLUMN ops.metrics.metric_name IS 'As Prometheus calls it.';
COMMENT ON COLUMN ops.metrics.help IS 'What it is.';
COMMENT ON COLUMN ops.metrics.labels IS 'What it is about, as an object of texts.';
