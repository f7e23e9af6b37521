CREATE VIEW ops.refused_row AS
SELECT
    r.rejected_row_id,
    r.load_id,
    coalesce(r.first_load_id, r.load_id) AS first_load_id,
    r.table_name,
    r.file_name,
    r.line_number,
    r.reason
FROM ops.rejected_row AS r
WHERE
    r.kind = 'refused'
    AND r.overtaken_load_id IS NULL
    AND r.repeated_load_id IS NULL
    AND r.resolved_load_id IS NULL;

COMMENT ON VIEW ops.refused_row IS
'One row per row of a file that is refused and not mended, as of the last load of its file: what alerts and figures count.';
COMMENT ON COLUMN ops.refused_row.first_load_id IS 'The first of the loads that refused this very row one after the other.';
