CREATE VIEW ops.latest AS
SELECT
    (
        SELECT max(r.run_id) FROM ops.run AS r
        WHERE r.status IN ('succeeded', 'failed', 'abandoned')
    ) AS last_run_id,
    (
        SELECT max(r.run_id) FROM ops.run AS r
        WHERE r.status = 'succeeded'
    ) AS last_publish_id,
    (
        SELECT max(l.load_id) FROM ops.load AS l
        WHERE l.status <> 'running'
    ) AS last_load_id;

COMMENT ON VIEW ops.latest IS 'One row: the last run, publish and load that are over; NULL where there was none.';
COMMENT ON COLUMN ops.latest.last_run_id IS 'Of ops.run: the last that ended, well or not; a skipped one is none.';
COMMENT ON COLUMN ops.latest.last_publish_id IS 'Of ops.run: the last that succeeded, whose figures are published.';
COMMENT ON COLUMN ops.latest.last_load_id IS 'Of ops.load: the last that ended, well or not.';
