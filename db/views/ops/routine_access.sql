CREATE VIEW ops.routine_access AS
WITH

routine AS MATERIALIZED (
    SELECT
        r.routine_id,
        r.routine_name,
        r.source,
        regexp_replace(r.source, '\$(\w*)\$.*?\$\1\$|''[^'']*''', '''', 'g') AS bare_source
    FROM (
        SELECT
            p.oid AS routine_id,
            format('%s.%s', n.nspname, p.proname) AS routine_name,
            regexp_replace(p.prosrc, '--[^\n]*', '', 'g') AS source
        FROM pg_catalog.pg_proc AS p
        INNER JOIN pg_catalog.pg_namespace AS n ON p.pronamespace = n.oid
        INNER JOIN ops.installed_object AS i ON i.kind = 'routine' AND i.object_name = format('%s.%s', n.nspname, p.proname)
    ) AS r
),

relation AS MATERIALIZED (
    SELECT
        n.nspname::text AS schema_name,
        c.relname::text AS relation_name,
        c.relkind IN ('r', 'p') AS is_table,
        CASE
            WHEN n.nspname IN ('landing', 'staging') AND c.relname IN (SELECT f.table_name FROM config.input_file AS f) THEN true
            WHEN n.nspname = 'rollup' AND c.relname IN (
                SELECT unnest(ARRAY[m.table_name, m.source_name]) FROM rollup.maintained_table AS m
            ) THEN true
            ELSE n.nspname IN ('analytics', 'assertions')
        END AS is_of_many
    FROM pg_catalog.pg_class AS c
    INNER JOIN pg_catalog.pg_namespace AS n ON c.relnamespace = n.oid
    INNER JOIN ops.own_schema AS s ON n.nspname = s.schema_name
    WHERE c.relkind IN ('r', 'p', 'v', 'm')
),

-- Every qualified name, and what stands before it; within a literal it may be one that format() fills in.
mention AS MATERIALIZED (
    SELECT
        r.routine_name,
        CASE
            WHEN m.parts[1] = 'INSERT INTO' THEN 'writes'
            WHEN m.parts[1] = 'UPDATE' THEN 'changes'
            WHEN m.parts[1] IN ('DELETE FROM', 'TRUNCATE') THEN 'empties'
            ELSE 'reads'
        END AS access,
        m.parts[2] AS schema_name,
        m.parts[3] AS relation_name,
        CASE WHEN bool_or(t.place = 2) THEN 'its text' ELSE 'its dynamic text' END AS known_from
    FROM routine AS r
    CROSS JOIN LATERAL unnest(ARRAY[r.source, r.bare_source]) WITH ORDINALITY AS t (source, place)
    CROSS JOIN LATERAL regexp_matches(t.source, '(INSERT INTO|DELETE FROM|[A-Z]+|,)\s+(\w+)\.(\w+|%(?:\d\$)?I)', 'g') AS m (parts)
    GROUP BY r.routine_name, access, m.parts[2], m.parts[3]
),

-- Whole relations that a text argument or a view of SQL texts names: nobody can read that from the routine.
declared AS (
    SELECT
        d.routine_name,
        d.access,
        d.schema_name
    FROM (
        VALUES
        ('landing.find_pending', 'reads', 'landing'),
        ('landing.refuse', 'empties', 'landing'),
        ('landing.refuse_orphans', 'reads', 'landing'),
        ('landing.write_all', 'reads', 'landing'),
        ('landing.write_pending', 'reads', 'landing'),
        ('ops.note_unknown_statuses', 'reads', 'landing'),
        ('ops.note_unknown_statuses', 'reads', 'staging'),
        ('ops.refresh_as_owner', 'writes', 'analytics'),
        ('staging.begin_bulk', 'empties', 'staging'),
        ('staging.empty_for_copy', 'empties', 'staging'),
        ('staging.fingerprint', 'reads', 'landing'),
        ('staging.fingerprint', 'reads', 'staging')
    ) AS d (routine_name, access, schema_name)
)

SELECT
    m.routine_name,
    m.access,
    format('%s.%s', r.schema_name, r.relation_name) AS object_name,
    m.known_from
FROM mention AS m
INNER JOIN relation AS r
    ON m.schema_name = r.schema_name AND (
        m.relation_name = r.relation_name
        OR m.relation_name LIKE '%I' AND r.is_of_many AND (m.access = 'reads' OR r.is_table)
    )

UNION

SELECT
    d.routine_name,
    d.access,
    format('%s.%s', r.schema_name, r.relation_name) AS object_name,
    'a list' AS known_from
FROM declared AS d
INNER JOIN relation AS r ON d.schema_name = r.schema_name AND r.is_of_many

UNION

SELECT
    r.routine_name,
    'reads' AS access,
    t.tgrelid::regclass::text AS object_name,
    'its trigger' AS known_from
FROM routine AS r
INNER JOIN pg_catalog.pg_trigger AS t ON r.routine_id = t.tgfoid

UNION

SELECT
    r.routine_name,
    'calls' AS access,
    c.routine_name AS object_name,
    'its text' AS known_from
FROM routine AS r
CROSS JOIN LATERAL regexp_matches(r.bare_source, '\m(\w+\.\w+)\(', 'g') AS m (parts)
INNER JOIN routine AS c ON m.parts[1] = c.routine_name AND r.routine_id <> c.routine_id;

COMMENT ON VIEW ops.routine_access IS
'One row per routine and relation that it reads or writes, and per routine that it calls.';
COMMENT ON COLUMN ops.routine_access.access IS
'reads, writes (INSERT, REFRESH), changes (UPDATE), empties (DELETE, TRUNCATE), calls.';
COMMENT ON COLUMN ops.routine_access.object_name IS 'The relation, or the routine that is called.';
COMMENT ON COLUMN ops.routine_access.known_from IS
'its text: names that stand there; its dynamic text: any table that files are loaded into, any rollup, any view, by schema; '
'a list: of routines that are given the name of the table; its trigger.';
