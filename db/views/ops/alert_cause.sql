CREATE VIEW ops.alert_cause AS
WITH

last_run AS (
    SELECT r.*
    FROM ops.run AS r
    INNER JOIN ops.latest AS t ON r.run_id = t.last_run_id
),

last_publish AS (
    SELECT
        r.run_id,
        r.finished_at
    FROM ops.run AS r
    INNER JOIN ops.latest AS t ON r.run_id = t.last_publish_id
),

last_load AS (
    SELECT l.*
    FROM ops.load AS l
    INNER JOIN ops.latest AS t ON l.load_id = t.last_load_id
),

refused AS (
    SELECT
        r.table_name,
        count(*) AS row_count,
        max(r.load_id) AS load_id,
        max(r.first_load_id) AS newest_load_id
    FROM ops.refused_row AS r
    GROUP BY r.table_name
),

last_check AS (
    SELECT f.*
    FROM ops.full_check AS f
    ORDER BY f.full_check_id DESC
    LIMIT 1
)

SELECT
    'refresh failed' AS kind,
    '' AS subject,
    r.run_id::text AS cause,
    format('run %s %s: %s', r.run_id, r.status, r.error_message) AS message,
    coalesce(
        (
            SELECT jsonb_agg(jsonb_build_object('assertion', a.assertion_name) || v.violating_row)
            FROM ops.assertion_result AS a
            CROSS JOIN LATERAL jsonb_array_elements(a.violating_rows) AS v (violating_row)
            WHERE a.run_id = r.run_id AND a.severity = 'error'
        ),
        '[]'
    ) AS details,
    NULL::bigint AS load_id
FROM last_run AS r
WHERE r.status <> 'succeeded'
UNION ALL
SELECT
    'data stale' AS kind,
    '' AS subject,
    coalesce(p.published_at::text, 'never') AS cause,
    format(
        'figures were last published %s, more than %s ago',
        coalesce(to_char(p.published_at AT TIME ZONE s.time_zone, 'YYYY-MM-DD HH24:MI'), 'never'), f.max_age
    ) AS message,
    '[]'::jsonb AS details,
    NULL::bigint AS load_id
FROM config.freshness AS f
CROSS JOIN config.shop AS s
CROSS JOIN (
    SELECT
        (SELECT l.finished_at FROM last_publish AS l) AS published_at,
        (
            SELECT l.finished_at FROM ops.load AS l
            WHERE l.status = 'succeeded'
            ORDER BY l.load_id LIMIT 1
        ) AS first_loaded_at
) AS p
WHERE clock_timestamp() - coalesce(p.published_at, p.first_loaded_at) > f.max_age
UNION ALL
SELECT
    'load failed' AS kind,
    '' AS subject,
    l.load_id::text AS cause,
    format('load %s of %s %s: %s', l.load_id, l.folder, l.status, l.error_message) AS message,
    '[]'::jsonb AS details,
    l.load_id
FROM last_load AS l
WHERE l.status <> 'succeeded'
UNION ALL
SELECT
    'rows refused' AS kind,
    r.table_name AS subject,
    r.newest_load_id::text AS cause,
    format(
        '%s rows of %s are refused and not mended, the last by load %s: runner rejects --load %3$s',
        r.row_count, r.table_name, r.load_id
    ) AS message,
    coalesce(
        (
            SELECT
                jsonb_agg(
                    jsonb_build_object('load', f.load_id, 'file', f.file_name, 'line', f.line_number, 'reason', f.reason)
                    ORDER BY f.load_id DESC, f.rejected_row_id ASC
                )
            FROM (
                SELECT j.*
                FROM ops.refused_row AS j
                WHERE j.table_name = r.table_name
                ORDER BY j.load_id DESC, j.rejected_row_id ASC
                LIMIT 10
            ) AS f
        ),
        '[]'
    ) AS details,
    r.load_id
FROM refused AS r
UNION ALL
SELECT
    'assertion warned' AS kind,
    a.assertion_name AS subject,
    md5(a.violation_count || a.violating_rows::text) AS cause,
    format(
        '%s: %s rows break the rule: %s', a.assertion_name, a.violation_count,
        regexp_replace(obj_description(to_regclass('assertions.' || quote_ident(a.assertion_name)), 'pg_class'), '^\w+: ', '')
    ) AS message,
    a.violating_rows AS details,
    NULL::bigint AS load_id
FROM last_publish AS p
INNER JOIN ops.assertion_result AS a ON p.run_id = a.run_id
WHERE a.violation_count > 0
UNION ALL
SELECT
    'figures drifted' AS kind,
    '' AS subject,
    c.full_check_id::text AS cause,
    format(
        'the full check of %s found %s rollups that differ from staging and %s assertions broken',
        to_char(c.finished_at, 'YYYY-MM-DD'), jsonb_array_length(c.differences), jsonb_array_length(c.violations)
    ) AS message,
    c.differences || c.violations AS details,
    NULL::bigint AS load_id
FROM last_check AS c
WHERE c.differences <> '[]' OR c.violations <> '[]';

COMMENT ON VIEW ops.alert_cause IS
'One row per thing that is wrong at this moment: kind and subject of the alert, and what raises it. ops.update_alerts() keeps '
'ops.alert equal to it. "server down" and "watch failed" are not in it: who cannot ask the server learns that from '
'"runner notify".';
COMMENT ON COLUMN ops.alert_cause.subject IS 'What it is about, within the kind.';
COMMENT ON COLUMN ops.alert_cause.cause IS
'Changes when it is another event, such as the next run that failed. Of refused rows: the load that first '
'refused the newest of them.';
COMMENT ON COLUMN ops.alert_cause.message IS 'What is wrong, in one sentence.';
COMMENT ON COLUMN ops.alert_cause.details IS 'The first violating rows, as objects.';
