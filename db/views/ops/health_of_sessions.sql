CREATE VIEW ops.health_of_sessions AS
WITH

-- A refresh is one statement, so it is never idle. A load is between two for moments, or for long while it reads a file.
holder AS (
    SELECT
        h.*,
        CASE
            WHEN h.state = 'prepared' THEN 'FAIL'
            WHEN h.state IS NULL THEN CASE WHEN h.run_id IS NOT NULL THEN 'OK' ELSE 'WARN' END
            WHEN h.state LIKE 'idle%' AND h.lock_name = 'run' THEN 'FAIL'
            WHEN h.state LIKE 'idle%'
                THEN CASE
                    WHEN
                        clock_timestamp() - h.since > CASE
                            WHEN h.is_ours THEN interval '15 minutes'
                            WHEN h.state = 'idle' THEN interval '0'
                            ELSE interval '1 minute'
                        END
                        THEN 'FAIL'
                    ELSE 'OK'
                END
            WHEN h.is_ours THEN 'OK'
            ELSE 'WARN'
        END AS level
    FROM ops.lock_holder AS h
),

-- What others do is seen by members of pg_read_all_stats alone.
seen AS (
    SELECT
        a.pid,
        a.usename,
        a.state,
        a.state_change,
        a.xact_start,
        a.usesysid IS NOT NULL AND a.query = '<insufficient privilege>' AS is_hidden,
        format(
            'backend %s of user %s since %s',
            a.pid, a.usename, to_char(a.xact_start AT TIME ZONE z.time_zone, 'YYYY-MM-DD HH24:MI')
        ) AS wording,
        coalesce(a.backend_xmin, a.backend_xid) IS NOT NULL AS holds_up_vacuum,
        a.pid IN (
            SELECT l.pid FROM pg_catalog.pg_locks AS l
            INNER JOIN pg_catalog.pg_class AS c ON l.relation = c.oid
            INNER JOIN ops.own_schema AS s ON c.relnamespace = to_regnamespace(quote_ident(s.schema_name))
            INNER JOIN pg_catalog.pg_database AS d ON l.database = d.oid AND d.datname = current_database()
            WHERE l.granted
        ) AS holds_relations,
        a.pid IN (
            SELECT b.pid FROM pg_catalog.pg_locks AS w
            CROSS JOIN unnest(pg_blocking_pids(w.pid)) AS b (pid)
            WHERE NOT w.granted
        ) AS is_waited_for
    FROM pg_catalog.pg_stat_activity AS a
    LEFT JOIN config.shop AS z ON true
    WHERE a.datname = current_database() AND a.pid <> pg_backend_pid()
),

summed AS (
    SELECT
        count(*) FILTER (WHERE s.is_hidden) AS hidden,
        bool_or(s.is_waited_for) FILTER (WHERE s.is_idle) AS is_waited_for,
        string_agg(s.wording, '; ' ORDER BY s.xact_start, s.pid) FILTER (WHERE s.is_idle) AS idle,
        string_agg(s.pid::text, ', ' ORDER BY s.xact_start, s.pid) FILTER (WHERE s.is_idle) AS idle_pids,
        string_agg(s.wording, '; ' ORDER BY s.xact_start, s.pid) FILTER (WHERE s.is_old) AS old,
        string_agg(s.pid::text, ', ' ORDER BY s.xact_start, s.pid) FILTER (WHERE s.is_old) AS old_pids
    FROM (
        SELECT
            o.*,
            o.state LIKE 'idle in transaction%' AND clock_timestamp() - o.state_change > interval '5 minutes'
            AND (o.holds_relations OR o.holds_up_vacuum) AS is_idle,
            clock_timestamp() - o.xact_start > interval '1 hour' AS is_old
        FROM seen AS o
    ) AS s
),

-- What waits for its second phase is no session, but holds the same.
prepared AS (
    SELECT
        count(*) AS transactions,
        string_agg(format('%s of user %s', p.gid, p.owner), '; ' ORDER BY p.prepared, p.gid) AS names,
        string_agg(quote_literal(p.gid), ', ' ORDER BY p.prepared, p.gid) AS gids
    FROM pg_catalog.pg_prepared_xacts AS p
    WHERE p.database = current_database() AND clock_timestamp() - p.prepared > interval '5 minutes'
)

SELECT
    coalesce(h.level, 'OK') AS level,
    format('lock "%s"', k.lock_name) AS subject,
    CASE
        WHEN h.lock_name IS NULL THEN 'nobody holds it'
        ELSE concat_ws(
            '; ',
            'held by ' || h.wording,
            CASE WHEN h.waiting_sessions > 0 THEN format('%s wait for it', h.waiting_sessions) END,
            CASE
                WHEN h.level <> 'OK' AND h.state IS NULL THEN 'whether it is at work is not known from here'
                WHEN h.level <> 'OK' THEN k.meanwhile
            END
        )
    END AS finding,
    CASE
        WHEN h.level <> 'OK' AND h.state = 'prepared' THEN 'End it: SELECT gid FROM pg_prepared_xacts; then ROLLBACK PREPARED'
        WHEN h.level <> 'OK' AND h.state IS NULL
            THEN format('Let this user see it: GRANT pg_read_all_stats TO %I', current_user)
        WHEN h.level <> 'OK' THEN format('If it is no work of yours, end it: SELECT pg_terminate_backend(%s)', h.pid)
    END AS remedy
FROM (
    VALUES
    ('run', 'every refresh is skipped meanwhile'),
    ('data', 'loads and refreshes wait meanwhile')
) AS k (lock_name, meanwhile)
LEFT JOIN holder AS h ON k.lock_name = h.lock_name
UNION ALL
SELECT
    CASE WHEN s.is_waited_for THEN 'FAIL' WHEN s.idle IS NOT NULL OR s.hidden > 0 THEN 'WARN' ELSE 'OK' END AS level,
    'idle transactions' AS subject,
    coalesce(
        CASE WHEN s.is_waited_for THEN 'others wait for: ' END || s.idle,
        s.idle,
        CASE WHEN s.hidden > 0 THEN format('not known from here: %s sessions of other users are hidden', s.hidden) END,
        'none'
    ) AS finding,
    CASE
        WHEN s.idle IS NOT NULL
            THEN format(
                'Idle for over 5 minutes with locks on our tables, or with rows that vacuum must keep: '
                'SELECT pg_terminate_backend(pid) for %s', s.idle_pids
            )
        WHEN s.hidden > 0 THEN format('Let this user see them: GRANT pg_read_all_stats TO %I', current_user)
    END AS remedy
FROM summed AS s
UNION ALL
SELECT
    CASE WHEN s.old IS NOT NULL OR s.hidden > 0 THEN 'WARN' ELSE 'OK' END AS level,
    'old transactions' AS subject,
    coalesce(
        'over an hour: ' || s.old,
        CASE WHEN s.hidden > 0 THEN format('not known from here: %s sessions of other users are hidden', s.hidden) END,
        'none'
    ) AS finding,
    CASE
        WHEN s.old IS NOT NULL
            THEN format('They hold up vacuum, and perhaps loads: SELECT pg_terminate_backend(pid) for %s', s.old_pids)
        WHEN s.hidden > 0 THEN format('Let this user see them: GRANT pg_read_all_stats TO %I', current_user)
    END AS remedy
FROM summed AS s
UNION ALL
SELECT
    CASE WHEN p.transactions > 0 THEN 'WARN' ELSE 'OK' END AS level,
    'prepared transactions' AS subject,
    coalesce(p.names, 'none') AS finding,
    CASE WHEN p.transactions > 0 THEN format('They keep their locks until: COMMIT or ROLLBACK PREPARED %s', p.gids) END AS remedy
FROM prepared AS p;

COMMENT ON VIEW ops.health_of_sessions IS
'One row per check of what sessions hold: the locks "run" and "data", and transactions that are idle or old.';
