CREATE VIEW staging.bulk_definition AS
WITH

input_tables AS (
    SELECT format('staging.%I', f.table_name)::regclass AS table_id
    FROM config.input_file AS f
),

parts AS (
    SELECT
        CASE k.contype WHEN 'f' THEN 3 ELSE 1 END AS phase,
        k.conname AS part_name,
        format('ALTER TABLE %s DROP CONSTRAINT %I', k.conrelid::regclass, k.conname) AS undo,
        format('ALTER TABLE %s ADD CONSTRAINT %I %s', k.conrelid::regclass, k.conname, pg_get_constraintdef(k.oid)) AS redo
    FROM pg_catalog.pg_constraint AS k
    WHERE
        k.contype IN ('p', 'u') AND k.conrelid IN (SELECT i.table_id FROM input_tables AS i)
        OR k.contype = 'f' AND k.confrelid IN (SELECT i.table_id FROM input_tables AS i)

    UNION ALL

    SELECT
        2 AS phase,
        x.indexrelid::regclass::text AS part_name,
        format('DROP INDEX %s', x.indexrelid::regclass) AS undo,
        pg_get_indexdef(x.indexrelid) AS redo
    FROM pg_catalog.pg_index AS x
    LEFT JOIN pg_catalog.pg_constraint AS k ON x.indexrelid = k.conindid
    WHERE x.indrelid IN (SELECT i.table_id FROM input_tables AS i) AND k.oid IS NULL

    UNION ALL

    -- A disabled trigger would not do: its transition table is filled all the same.
    SELECT
        0 AS phase,
        t.tgname AS part_name,
        format('DROP TRIGGER %I ON %s', t.tgname, t.tgrelid::regclass) AS undo,
        pg_get_triggerdef(t.oid) AS redo
    FROM pg_catalog.pg_trigger AS t
    INNER JOIN pg_catalog.pg_proc AS f ON t.tgfoid = f.oid
    INNER JOIN pg_catalog.pg_namespace AS n ON f.pronamespace = n.oid
    WHERE
        t.tgrelid IN (SELECT i.table_id FROM input_tables AS i)
        AND (
            n.nspname = 'rollup' AND (t.tgnewtable IS NOT NULL OR t.tgoldtable IS NOT NULL)
            -- What they would write down staging.end_bulk() does.
            OR n.nspname = 'ops' AND f.proname = 'audit_write'
        )
        AND t.tgenabled = 'O'
)

SELECT
    row_number() OVER (ORDER BY p.phase, p.part_name, p.redo) AS step_number,
    p.undo,
    p.redo
FROM parts AS p;

COMMENT ON VIEW staging.bulk_definition IS
'One row per key, index, marking and auditing trigger of staging: how a bulk load takes it away and puts it back, in order.';
