CREATE VIEW ops.unresolved_failures AS
SELECT
    a.alert_id,
    a.severity,
    a.kind,
    a.subject,
    a.message,
    a.remedy,
    a.raised_at,
    a.last_seen_at,
    a.seen_count,
    a.details,
    (
        SELECT min(d.delivered_at) FROM ops.delivery AS d
        WHERE d.alert_id = a.alert_id AND d.state = 'open'
    ) AS told_at
FROM ops.alert AS a
WHERE a.closed_at IS NULL
ORDER BY a.severity, a.alert_id;

COMMENT ON VIEW ops.unresolved_failures IS 'One row per open alert, errors first: what is wrong now and what to do about it.';
COMMENT ON COLUMN ops.unresolved_failures.told_at IS 'When it was first told by mail or webhook; NULL: not yet.';
