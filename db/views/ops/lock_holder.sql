CREATE VIEW ops.lock_holder AS
WITH

-- The keys are those of ops.lock_key(), which a view may not call: the installer replaces routines, not what hangs on them.
held AS (
    SELECT
        CASE l.objid WHEN 729384002 THEN 'run' ELSE 'data' END AS lock_name,
        l.pid,
        (
            SELECT count(*) FROM pg_catalog.pg_locks AS w
            WHERE
                w.locktype = 'advisory' AND NOT w.granted
                AND (w.database, w.classid, w.objid, w.objsubid) = (l.database, l.classid, l.objid, l.objsubid)
        ) AS waiting_sessions
    FROM pg_catalog.pg_locks AS l
    INNER JOIN pg_catalog.pg_database AS d ON l.database = d.oid AND d.datname = current_database()
    WHERE l.locktype = 'advisory' AND l.granted AND l.classid = 0 AND l.objid IN (729384002, 729384003) AND l.objsubid = 1
),

seen AS (
    SELECT
        h.lock_name,
        h.pid,
        h.waiting_sessions,
        a.usename::text AS user_name,
        a.application_name,
        a.backend_start AS began_at,
        CASE WHEN h.pid IS NULL THEN 'prepared' WHEN a.state <> 'disabled' THEN a.state END AS state,
        CASE WHEN a.state LIKE 'idle%' THEN a.state_change ELSE a.query_start END AS since,
        a.query
    FROM held AS h
    LEFT JOIN pg_catalog.pg_stat_activity AS a ON h.pid = a.pid
)

SELECT
    s.lock_name,
    s.pid,
    s.state,
    s.since,
    r.run_id,
    s.waiting_sessions,
    coalesce(
        r.run_id IS NOT NULL
        OR s.application_name = 'runner' OR s.application_name LIKE 'refresh %'
        OR s.query ~ '(refresh_analytics|refresh_if_overdue|apply_changes|check_everything|forget_customer)', false
    ) AS is_ours,
    CASE
        WHEN s.pid IS NULL THEN 'a prepared transaction'
        ELSE concat_ws(
            ', ',
            format('backend %s of user %s', s.pid, coalesce(s.user_name, '?')),
            nullif(s.application_name, ''),
            CASE WHEN r.run_id IS NOT NULL THEN format('run %s', r.run_id) END,
            CASE
                WHEN s.state IS NOT NULL
                    THEN format('%s since %s', s.state, to_char(s.since AT TIME ZONE z.time_zone, 'YYYY-MM-DD HH24:MI:SS'))
            END
        )
    END AS wording
FROM seen AS s
LEFT JOIN config.shop AS z ON true
LEFT JOIN LATERAL (
    SELECT max(o.run_id) AS run_id FROM ops.run AS o
    WHERE o.status = 'running' AND o.backend_pid = s.pid AND (s.began_at > o.started_at) IS NOT true
) AS r ON true;

COMMENT ON VIEW ops.lock_holder IS
'One row per holder of the lock "run" (one refresh at a time) or "data" (loads and whoever counts rollups, one after the other).';
COMMENT ON COLUMN ops.lock_holder.pid IS 'NULL: a prepared transaction holds it.';
COMMENT ON COLUMN ops.lock_holder.state IS
'Of the session, as pg_stat_activity has it, or prepared. NULL: not to be seen, as another user''s without pg_read_all_stats.';
COMMENT ON COLUMN ops.lock_holder.since IS 'When it became idle, or began the statement that it is at.';
COMMENT ON COLUMN ops.lock_holder.run_id IS 'The run that it is at, if that is known.';
COMMENT ON COLUMN ops.lock_holder.is_ours IS 'By its run, its name or its statement it is a load, a refresh or the like.';
COMMENT ON COLUMN ops.lock_holder.wording IS 'Who it is and what it does, for people.';
