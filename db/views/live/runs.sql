CREATE VIEW live.runs AS
SELECT
    r.run_id,
    r.status,
    r.as_of,
    r.started_at AT TIME ZONE s.time_zone AS started_at,
    r.finished_at AT TIME ZONE s.time_zone AS finished_at,
    extract(EPOCH FROM r.finished_at - r.started_at)::numeric(12, 2) AS seconds,
    r.error_message
FROM ops.run AS r
CROSS JOIN config.shop AS s;

COMMENT ON VIEW live.runs IS 'One row per refresh: when, how long, how it ended.';
COMMENT ON COLUMN live.runs.run_id IS 'Counts up.';
COMMENT ON COLUMN live.runs.status IS 'running, succeeded, failed, skipped (another one ran) or abandoned (its session died).';
COMMENT ON COLUMN live.runs.as_of IS 'The day that it computed for.';
COMMENT ON COLUMN live.runs.started_at IS 'The shop''s local time.';
COMMENT ON COLUMN live.runs.finished_at IS 'The shop''s local time.';
COMMENT ON COLUMN live.runs.seconds IS 'Seconds from start to end.';
COMMENT ON COLUMN live.runs.error_message IS 'What stopped it.';
