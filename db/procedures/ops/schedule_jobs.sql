CREATE OR REPLACE PROCEDURE ops.schedule_jobs(p_off boolean DEFAULT false)
LANGUAGE plpgsql
AS $$
DECLARE
    v_job record;
BEGIN
    -- Makes the jobs of pg_cron equal to config.job; touches none that is as configured, and none of other names. With p_off
    -- removes them all. pg_cron must be there.
    FOR v_job IN SELECT s.* FROM ops.job_state() AS s WHERE p_off OR s.state <> 'as configured' LOOP
        IF v_job.state <> 'missing' THEN
            EXECUTE 'SELECT cron.unschedule(j.jobid) FROM cron.job AS j WHERE j.jobname = $1' USING v_job.jobname;
        END IF;
        IF NOT p_off AND v_job.state <> 'not wanted' THEN
            EXECUTE 'SELECT cron.schedule(w.job_name, w.schedule, w.command) FROM config.job AS w WHERE w.job_name = $1'
            USING v_job.jobname;
        END IF;
    END LOOP;
END
$$;
