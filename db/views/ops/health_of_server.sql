CREATE VIEW ops.health_of_server AS
WITH

-- Memory settings are in units of their own.
setting AS (
    SELECT
        s.name,
        s.setting,
        CASE s.unit
            WHEN 'B' THEN 1 WHEN 'kB' THEN 1024 WHEN '8kB' THEN 8192 WHEN 'MB' THEN 1048576
        END * CASE WHEN s.vartype = 'integer' THEN s.setting::numeric END AS bytes
    FROM pg_catalog.pg_settings AS s
),

-- What the data asks for, as far as defaults will not do: a share of the database, between bounds.
wanted AS (
    SELECT
        w.name,
        least(greatest(w.least_bytes, w.share * pg_database_size(current_database())), w.most_bytes) AS bytes,
        w.reason
    FROM (
        VALUES
        ('shared_buffers', 0.1, 134217728::numeric, 2147483648::numeric, 'reads go past the cache'),
        ('max_wal_size', 0.25, 1073741824, 8589934592, 'a first load or a full refresh waits for checkpoints'),
        ('work_mem', 0.002, 4194304, 33554432, 'live figures and counts are sorted on disk'),
        ('maintenance_work_mem', 0.02, 67108864, 536870912, 'indexes are built and vacuumed in many passes')
    ) AS w (name, share, least_bytes, most_bytes, reason)
),

switch AS (
    SELECT
        w.name,
        w.reason
    FROM (
        VALUES
        ('fsync', 'a crash of the machine may destroy the database'),
        ('full_page_writes', 'a crash of the machine may destroy the database'),
        ('autovacuum', 'tables grow and plans go wrong'),
        ('track_counts', 'autovacuum and the audit do not see how many rows are written')
    ) AS w (name, reason)
    INNER JOIN setting AS s ON w.name = s.name AND s.setting = 'off'
),

-- Of each extension of this database: the version that its SQL has, and that which the server's files would bring.
extension AS (
    SELECT
        e.extname AS name,
        e.extversion AS version,
        a.default_version AS newest
    FROM pg_catalog.pg_extension AS e
    LEFT JOIN pg_catalog.pg_available_extensions AS a ON e.extname = a.name
)

SELECT
    CASE WHEN v.number BETWEEN 150000 AND 150005 OR v.number BETWEEN 160000 AND 160001 THEN 'FAIL' ELSE 'OK' END AS level,
    'minor version' AS subject,
    format('%s.%s', v.number / 10000, v.number % 10000) AS finding,
    CASE
        WHEN v.number BETWEEN 150000 AND 150005 OR v.number BETWEEN 160000 AND 160001
            THEN 'CVE-2024-0985 lets a refresh run a stranger''s code as its owner: update to 15.6, 16.2 or newer'
    END AS remedy
FROM (SELECT current_setting('server_version_num')::integer AS number) AS v
UNION ALL
SELECT
    CASE WHEN bool_and(e.newest = e.version) THEN 'OK' ELSE 'WARN' END AS level,
    'extensions' AS subject,
    string_agg(
        concat_ws(
            ' ', e.name, e.version,
            CASE
                WHEN e.newest <> e.version THEN format('(%s is there)', e.newest)
                WHEN e.newest IS NULL THEN '(its files are not to be seen)'
            END
        ), ', ' ORDER BY e.name
    ) || CASE WHEN bool_or(e.name = 'pg_cron') THEN '' ELSE '; no pg_cron' END AS finding,
    nullif(
        concat_ws(
            '; ',
            string_agg(format('ALTER EXTENSION %I UPDATE', e.name), '; ' ORDER BY e.name) FILTER (WHERE e.newest <> e.version),
            CASE WHEN bool_or(e.newest IS NULL) THEN 'Install the package of the others again, for this version of the server' END
        ), ''
    ) AS remedy
FROM extension AS e
UNION ALL
SELECT
    CASE WHEN count(s.name) = 0 THEN 'OK' ELSE 'WARN' END AS level,
    'switches' AS subject,
    coalesce(string_agg(format('%s is off: %s', s.name, s.reason), '; ' ORDER BY s.name), 'none is off that should be on')
        AS finding,
    CASE WHEN count(s.name) > 0 THEN 'Switch on in postgresql.conf, and reload' END AS remedy
FROM switch AS s
UNION ALL
SELECT
    CASE WHEN s.bytes < w.bytes THEN 'WARN' ELSE 'OK' END AS level,
    w.name AS subject,
    format(
        '%s, for a database of %s', pg_size_pretty(s.bytes::bigint), pg_size_pretty(pg_database_size(current_database()))
    ) AS finding,
    CASE
        WHEN s.bytes < w.bytes
            THEN format('%s: set %s to %s or more', w.reason, w.name, pg_size_pretty(w.bytes::bigint))
    END AS remedy
FROM wanted AS w
INNER JOIN setting AS s ON w.name = s.name
UNION ALL
SELECT
    CASE WHEN s.setting = '0' THEN 'OK' ELSE 'WARN' END AS level,
    'statement_timeout' AS subject,
    CASE WHEN s.setting = '0' THEN 'none' ELSE format('%s ms', s.setting) END AS finding,
    CASE WHEN s.setting <> '0' THEN 'It would cut off a long load or refresh: ALTER ROLE … SET statement_timeout = 0' END
        AS remedy
FROM setting AS s
WHERE s.name = 'statement_timeout'
UNION ALL
SELECT
    CASE WHEN d.xid_age > 1500000000 THEN 'FAIL' WHEN d.xid_age > 1000000000 THEN 'WARN' ELSE 'OK' END AS level,
    'transaction ids' AS subject,
    format('%s %% used', round(d.xid_age / 21000000.0)) AS finding,
    CASE WHEN d.xid_age > 1000000000 THEN 'Run: runner maintain; and end old transactions' END AS remedy
FROM (
    SELECT age(b.datfrozenxid)::bigint AS xid_age FROM pg_catalog.pg_database AS b
    WHERE b.datname = current_database()
) AS d;

COMMENT ON VIEW ops.health_of_server IS 'One row per check of the server and its settings: OK, WARN or FAIL, and what to do.';
