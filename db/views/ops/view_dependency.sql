CREATE VIEW ops.view_dependency AS
WITH

-- pg_depend has a row for each column that is read.
dependency AS (
    SELECT DISTINCT
        w.ev_class AS view_id,
        d.refobjid AS relation_id
    FROM pg_catalog.pg_rewrite AS w
    INNER JOIN pg_catalog.pg_depend AS d
        ON w.oid = d.objid AND d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_class'::regclass
    WHERE w.ev_class <> d.refobjid
)

SELECT
    d.view_id,
    d.relation_id,
    v.relkind AS view_kind,
    r.relkind AS relation_kind
FROM dependency AS d
INNER JOIN pg_catalog.pg_class AS v ON d.view_id = v.oid
INNER JOIN pg_catalog.pg_class AS r ON d.relation_id = r.oid
WHERE v.relkind IN ('v', 'm') AND r.relkind IN ('r', 'p', 'v', 'm');

COMMENT ON VIEW ops.view_dependency IS 'One row per view and relation that it reads directly, from pg_depend.';
