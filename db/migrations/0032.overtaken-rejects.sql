-- Refused rows of a file that was read again since are no longer counted, and the alert about refused rows is one a table.

ALTER TABLE ops.rejected_row
ADD COLUMN IF NOT EXISTS overtaken_load_id bigint,
ADD COLUMN IF NOT EXISTS repeated_load_id bigint,
ADD COLUMN IF NOT EXISTS first_load_id bigint;
COMMENT ON COLUMN ops.rejected_row.resolved_load_id IS
'The load that brought a row with this key: a later one, or, when the same line came again, the one that had mended it.';
COMMENT ON COLUMN ops.rejected_row.overtaken_load_id IS
'The next load that read the same file again: what that refused counts, not this row.';
COMMENT ON COLUMN ops.rejected_row.repeated_load_id IS
'The later load that refused the same key or text in another file: that row counts, not this one.';
COMMENT ON COLUMN ops.rejected_row.first_load_id IS
'The first of the loads that refused this very row one after the other; NULL: this one.';
CREATE INDEX IF NOT EXISTS rejected_row_current_idx ON ops.rejected_row (table_name, load_id)
WHERE kind = 'refused' AND overtaken_load_id IS NULL;

UPDATE ops.rejected_row AS r
SET overtaken_load_id = n.next_load_id
FROM (
    SELECT
        f.load_id,
        f.table_name,
        lead(f.load_id) OVER (PARTITION BY l.folder, f.table_name, f.file_name ORDER BY f.load_id) AS next_load_id
    FROM ops.load_file AS f
    INNER JOIN ops.load AS l ON f.load_id = l.load_id
    WHERE l.status = 'succeeded'
) AS n
WHERE
    r.load_id = n.load_id
    AND r.table_name = n.table_name
    AND r.kind = 'refused'
    AND r.overtaken_load_id IS NULL
    AND n.next_load_id IS NOT NULL;

UPDATE ops.rejected_row AS r
SET first_load_id = e.first_load_id
FROM (
    SELECT
        o.table_name,
        o.file_name,
        o.reason,
        o.raw_text,
        min(o.load_id) AS first_load_id
    FROM ops.rejected_row AS o
    WHERE o.kind = 'refused' AND o.raw_text <> 'forgotten'
    GROUP BY o.table_name, o.file_name, o.reason, o.raw_text
) AS e
WHERE
    r.kind = 'refused'
    AND r.overtaken_load_id IS NULL
    AND r.first_load_id IS NULL
    AND r.load_id > e.first_load_id
    AND (r.table_name, r.file_name, r.reason, r.raw_text) = (e.table_name, e.file_name, e.reason, e.raw_text);

-- Which cause of an alert was told: kinds of ops.alert_kind.is_told_again are told again when there is news.
ALTER TABLE ops.delivery ADD COLUMN IF NOT EXISTS cause text COLLATE "C" NOT NULL DEFAULT '';
COMMENT ON COLUMN ops.delivery.cause IS 'ops.alert.cause of what was or is to be told.';
UPDATE ops.delivery AS d
SET cause = a.cause
FROM ops.alert AS a
WHERE d.alert_id = a.alert_id AND d.cause = '';

-- Alerts of single loads end without a word: those of tables take their place.
DELETE FROM ops.delivery AS d
USING ops.alert AS a
WHERE d.alert_id = a.alert_id AND a.kind = 'rows refused' AND a.subject LIKE 'load %' AND a.closed_at IS NULL;
UPDATE ops.alert
SET
    closed_at = clock_timestamp(),
    is_resolved = true
WHERE kind = 'rows refused' AND subject LIKE 'load %' AND closed_at IS NULL;
