CREATE OR REPLACE FUNCTION ops.job_state()
RETURNS TABLE (
    jobname text,
    schedule text,
    command text,
    active boolean,
    state text,
    purpose text,
    last_status text,
    last_end timestamptz,
    last_message text
)
LANGUAGE plpgsql
AS $$
BEGIN
    -- Returns one row per job that is in config.job and wanted, or in pg_cron under such a name: what config.job says of it,
    -- whether pg_cron has it so (state: as configured, missing, differs, not wanted), and its last outcome. Returns no row where
    -- pg_cron is not there.
    IF NOT ops.has_cron() THEN
        RETURN;
    END IF;
    RETURN QUERY EXECUTE $q$
        SELECT
            w.job_name,
            coalesce(j.schedule, w.schedule),
            coalesce(j.command, w.command),
            coalesce(j.active, false),
            CASE
                WHEN j.jobid IS NULL THEN 'missing'
                WHEN NOT w.is_wanted THEN 'not wanted'
                WHEN (j.schedule, j.command, j.active, j.database) = (w.schedule, w.command, true, current_database())
                    THEN 'as configured'
                ELSE 'differs'
            END,
            w.purpose,
            d.status,
            d.end_time,
            d.return_message
        FROM config.job AS w
        LEFT JOIN cron.job AS j ON w.job_name = j.jobname
        LEFT JOIN LATERAL (
            SELECT r.* FROM cron.job_run_details AS r WHERE r.jobid = j.jobid ORDER BY r.runid DESC LIMIT 1
        ) AS d ON true
        WHERE w.is_wanted OR j.jobid IS NOT NULL
        ORDER BY w.job_name <> 'refresh_analytics', w.job_name, j.jobid
    $q$;
END
$$;
