CREATE VIEW ops.run_progress AS
SELECT
    r.run_id,
    r.backend_pid,
    r.started_at,
    split_part(a.application_name, ' ', 3) AS step_name,
    nullif(split_part(split_part(a.application_name, ' ', 2), '/', 1), '')::integer AS step_number,
    nullif(split_part(split_part(a.application_name, ' ', 2), '/', 2), '')::integer AS step_count
FROM ops.run AS r
INNER JOIN pg_catalog.pg_stat_activity AS a ON r.backend_pid = a.pid
WHERE r.status = 'running' AND a.application_name ~ '^refresh [0-9]+/[0-9]+ ';

COMMENT ON VIEW ops.run_progress IS 'One row while a run is under way: the step that it is at.';
COMMENT ON COLUMN ops.run_progress.step_number IS 'From 1 to step_count.';
