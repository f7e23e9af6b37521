CREATE VIEW ops.health_of_tables AS
WITH

statistic AS (
    SELECT
        format('%I.%I', t.schema_name, t.table_name) AS full_name,
        u.n_live_tup AS live_rows,
        u.n_dead_tup AS dead_rows,
        greatest(u.last_analyze, u.last_autoanalyze) AS analyzed_at
    FROM ops.own_table AS t
    INNER JOIN pg_catalog.pg_stat_user_tables AS u ON t.table_id = u.relid
),

found AS (
    SELECT
        string_agg(s.full_name, ', ' ORDER BY s.dead_rows DESC, s.full_name ASC)
        FILTER (WHERE s.dead_rows > 20000 AND s.dead_rows > s.live_rows * 0.3) AS bloated,
        string_agg(s.full_name, ', ' ORDER BY s.full_name) FILTER (WHERE s.live_rows > 20000 AND s.analyzed_at IS NULL) AS unknown
    FROM statistic AS s
),

foreign_owner AS (
    SELECT
        count(*) AS tables,
        min(c.relowner::regrole::text) AS owner_name
    FROM ops.own_table AS t
    INNER JOIN pg_catalog.pg_class AS c ON t.table_id = c.oid
    INNER JOIN pg_catalog.pg_class AS r ON r.oid = to_regclass('ops.run') AND c.relowner <> r.relowner
)

SELECT
    CASE WHEN f.bloated IS NULL THEN 'OK' ELSE 'WARN' END AS level,
    'bloat' AS subject,
    coalesce('many dead rows: ' || f.bloated, 'no table is a third dead rows') AS finding,
    CASE WHEN f.bloated IS NOT NULL THEN 'Run: runner maintain; if it comes back, see old transactions and autovacuum' END
        AS remedy
FROM found AS f
UNION ALL
SELECT
    CASE WHEN f.unknown IS NULL THEN 'OK' ELSE 'WARN' END AS level,
    'statistics' AS subject,
    coalesce('never analyzed: ' || f.unknown, 'every larger table has them') AS finding,
    CASE WHEN f.unknown IS NOT NULL THEN 'Run: runner maintain' END AS remedy
FROM found AS f
UNION ALL
SELECT
    CASE WHEN o.tables = 0 THEN 'OK' ELSE 'FAIL' END AS level,
    'owner' AS subject,
    CASE WHEN o.tables = 0 THEN 'one role owns every table' ELSE format('%s tables belong to %s', o.tables, o.owner_name) END
        AS finding,
    CASE
        WHEN o.tables > 0 THEN 'A load or refresh by the owner of the others fails: ALTER TABLE … OWNER TO, or REASSIGN OWNED'
    END AS remedy
FROM foreign_owner AS o;

COMMENT ON VIEW ops.health_of_tables IS 'One row per check of the tables: OK, WARN or FAIL, and what to do.';
