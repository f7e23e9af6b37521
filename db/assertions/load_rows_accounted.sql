CREATE VIEW assertions.load_rows_accounted AS
SELECT
    f.load_id,
    f.file_name,
    f.rows_read,
    f.rows_inserted + f.rows_updated + f.rows_unchanged + f.rows_superseded + f.rows_refused AS rows_accounted,
    f.rows_superseded + f.rows_refused AS rows_set_aside,
    coalesce(r.kept, 0) + f.rows_forgotten AS rows_kept
FROM ops.load_file AS f
INNER JOIN ops.load AS l ON f.load_id = l.load_id
LEFT JOIN (
    SELECT
        j.load_id,
        j.table_name,
        count(*) AS kept
    FROM ops.rejected_row AS j
    GROUP BY j.load_id, j.table_name
) AS r ON f.load_id = r.load_id AND f.table_name = r.table_name
WHERE
    l.status = 'succeeded'
    AND (
        f.rows_read <> f.rows_inserted + f.rows_updated + f.rows_unchanged + f.rows_superseded + f.rows_refused
        OR f.rows_superseded + f.rows_refused <> coalesce(r.kept, 0) + f.rows_forgotten
    );

COMMENT ON VIEW assertions.load_rows_accounted IS
'error: Every row read of a file was inserted, updated, unchanged, superseded or refused, and rows set aside are kept '
'until ops.maintain() forgets them.';
