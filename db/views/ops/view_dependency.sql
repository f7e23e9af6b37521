CREATE VIEW ops.view_dependency AS
SELECT DISTINCT
    v.oid AS view_id,
    r.oid AS relation_id,
    v.relkind AS view_kind,
    r.relkind AS relation_kind
FROM pg_catalog.pg_class AS v
INNER JOIN pg_catalog.pg_rewrite AS w ON v.oid = w.ev_class
INNER JOIN pg_catalog.pg_depend AS d
    ON w.oid = d.objid AND d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_class'::regclass
INNER JOIN pg_catalog.pg_class AS r ON d.refobjid = r.oid AND v.oid <> r.oid
WHERE v.relkind IN ('v', 'm') AND r.relkind IN ('r', 'p', 'v', 'm');

COMMENT ON VIEW ops.view_dependency IS 'One row per view and relation that it reads directly, from pg_depend.';
