CREATE OR REPLACE FUNCTION ops.health_of_schedule()
RETURNS TABLE (level text, subject text, finding text, remedy text)
LANGUAGE plpgsql
AS $$
DECLARE
    v_zone text := coalesce(current_setting('cron.timezone', true), 'UTC');
    v_bad record;
BEGIN
    -- Returns one row per check of the schedule, as ops.health() does. Looks into pg_cron only where it is there.
    subject := 'schedule';
    IF NOT EXISTS (SELECT FROM ops.job_state() AS s WHERE s.jobname LIKE 'refresh%' AND s.state <> 'missing') THEN
        level := 'WARN';
        finding := 'no pg_cron job refreshes the analytics';
        remedy := 'Run: runner schedule (it says what it needs); without pg_cron see docs/operations.md';
        RETURN NEXT;
        RETURN;
    END IF;

    SELECT s.* INTO v_bad FROM ops.job_state() AS s WHERE s.last_status = 'failed' ORDER BY s.last_end DESC LIMIT 1;
    level := CASE WHEN FOUND THEN 'FAIL' ELSE 'OK' END;
    finding := CASE
        WHEN FOUND THEN format('the last run of the job %s failed: %s', v_bad.jobname, v_bad.last_message)
        ELSE (
            SELECT format('%s, last: %s', s.schedule, coalesce(s.last_status, 'not yet')) FROM ops.job_state() AS s
            ORDER BY s.jobname <> 'refresh_analytics'
            LIMIT 1
        )
    END;
    remedy := CASE WHEN level = 'FAIL' THEN 'Run: runner status' END;
    RETURN NEXT;

    subject := 'jobs';
    finding := (SELECT string_agg(s.jobname || ' ' || s.state, ', ') FROM ops.job_state() AS s WHERE s.state <> 'as configured');
    level := CASE WHEN finding IS NULL THEN 'OK' ELSE 'WARN' END;
    remedy := CASE WHEN finding IS NOT NULL THEN 'Run: runner schedule' END;
    finding := coalesce(finding, 'as configured');
    RETURN NEXT;

    subject := 'pg_cron';
    level := 'WARN';
    finding := format('it serves the database %s', current_setting('cron.database_name', true));
    IF current_setting('cron.database_name', true) IS DISTINCT FROM current_database() THEN
        remedy := format('Set cron.database_name = %L in postgresql.conf, and restart the server', current_database());
    ELSIF current_setting('cron.use_background_workers', true) IS DISTINCT FROM 'on' THEN
        finding := 'cron.use_background_workers is off: jobs log in by pg_hba.conf';
        remedy := 'Set it on in postgresql.conf, and restart the server';
    ELSE
        level := 'OK';
        remedy := NULL;
    END IF;
    RETURN NEXT;

    subject := 'time zones';
    finding := (SELECT format('pg_cron counts hours in %s, the shop in %s', v_zone, s.time_zone) FROM config.shop AS s);
    level := (
        SELECT CASE WHEN bool_and(d.day AT TIME ZONE v_zone = d.day AT TIME ZONE s.time_zone) THEN 'OK' ELSE 'WARN' END
        FROM config.shop AS s
        CROSS JOIN (VALUES (timestamptz '2025-01-01 00:00:00+00'), (timestamptz '2025-07-01 00:00:00+00')) AS d (day)
    );
    remedy := CASE WHEN level = 'WARN' THEN 'A slot may have two runs: set cron.timezone; or see docs/operations.md, "Schedule"' END;
    RETURN NEXT;
END
$$;
