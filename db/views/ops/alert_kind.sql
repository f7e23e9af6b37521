CREATE VIEW ops.alert_kind AS
SELECT
    k.kind COLLATE "C" AS kind,
    k.severity COLLATE "C" AS severity,
    format('%s (docs/runbook.md#%s)', k.remedy, replace(k.kind, ' ', '-')) AS remedy,
    k.kind = 'rows refused' AS is_told_again
FROM (
    VALUES
    ('refresh failed', 'error', 'The views keep their last good rows. Mend what the message names, then: runner refresh'),
    ('data stale', 'error', 'See that the schedule runs: runner doctor; then: runner refresh'),
    ('load failed', 'error', 'Nothing of the load was kept. Mend what the message names, and load the folder again'),
    ('rows refused', 'warn', 'Everything else was loaded. Look at them: runner rejects; mend them and load them again'),
    ('assertion warned', 'warn', 'The figures were published. Look at the rows; if the shop sees it otherwise: config'),
    ('figures drifted', 'error', 'Somebody wrote past the triggers. Run: runner refresh --full; then: runner maintain --check'),
    ('server down', 'error', 'Start the server, and look into its log for why it stopped'),
    ('watch failed', 'error', 'The server answers. See to what the message names')
) AS k (kind, severity, remedy);

COMMENT ON VIEW ops.alert_kind IS 'One row per kind of alert. docs/runbook.md has a heading for each.';
COMMENT ON COLUMN ops.alert_kind.severity IS 'error: figures are not published or not right. warn: look at it by day.';
COMMENT ON COLUMN ops.alert_kind.remedy IS 'What to do first, and where more is said.';
COMMENT ON COLUMN ops.alert_kind.is_told_again IS
'Its cause is a number that grows with news, and it is then told again while it is open.';
