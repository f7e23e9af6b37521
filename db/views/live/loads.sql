CREATE VIEW live.loads AS
SELECT
    l.load_id,
    l.status,
    l.started_at AT TIME ZONE s.time_zone AS started_at,
    extract(EPOCH FROM l.finished_at - l.started_at)::numeric(12, 2) AS seconds,
    coalesce(sum(f.rows_read), 0)::bigint AS rows_read,
    coalesce(sum(f.rows_inserted), 0)::bigint AS rows_inserted,
    coalesce(sum(f.rows_updated), 0)::bigint AS rows_updated,
    coalesce(sum(f.rows_refused), 0)::bigint AS rows_refused,
    l.error_message
FROM ops.load AS l
CROSS JOIN config.shop AS s
LEFT JOIN ops.load_file AS f ON l.load_id = f.load_id
GROUP BY l.load_id, s.time_zone;

COMMENT ON VIEW live.loads IS 'One row per load of a folder: when, how long, how many rows.';
COMMENT ON COLUMN live.loads.load_id IS 'Counts up.';
COMMENT ON COLUMN live.loads.status IS 'running, succeeded, failed or abandoned.';
COMMENT ON COLUMN live.loads.started_at IS 'The shop''s local time.';
COMMENT ON COLUMN live.loads.seconds IS 'Seconds from start to end.';
COMMENT ON COLUMN live.loads.rows_read IS 'Rows of its files.';
COMMENT ON COLUMN live.loads.rows_inserted IS 'Rows that were new.';
COMMENT ON COLUMN live.loads.rows_updated IS 'Rows that changed.';
COMMENT ON COLUMN live.loads.rows_refused IS 'Rows that could not be loaded.';
COMMENT ON COLUMN live.loads.error_message IS 'Why nothing was loaded.';
