CREATE VIEW assertions.rollups_agree AS
SELECT
    d.table_name,
    d.group_key,
    d.kept_rows,
    d.counted_rows
FROM rollup.audit_difference AS d;

COMMENT ON VIEW assertions.rollups_agree IS
'error: Rollups of a random sample of customers, days and pairs are what a recount gives. Mend: runner refresh --full.';
