CREATE OR REPLACE FUNCTION ops.health_of_schedule()
RETURNS TABLE (level text, subject text, finding text, remedy text)
LANGUAGE plpgsql
AS $$
DECLARE
    v_zone text := coalesce(current_setting('cron.timezone', true), 'UTC');
    v_cron_schema oid := (
        SELECT n.oid FROM pg_catalog.pg_namespace AS n
        WHERE n.nspname = 'cron' AND EXISTS (SELECT FROM pg_catalog.pg_extension AS e WHERE e.extname = 'pg_cron')
    );
    v_database text := (SELECT s.setting FROM pg_catalog.pg_settings AS s WHERE s.name = 'cron.database_name');
    v_workers text := (SELECT s.setting FROM pg_catalog.pg_settings AS s WHERE s.name = 'cron.use_background_workers');
    v_bad record;
BEGIN
    -- Returns one row per check of the schedule, as ops.health() does. Looks into pg_cron only where it is there and this user may
    -- use it; pg_cron shows a user its own jobs alone, but a superuser all.
    subject := 'schedule';
    IF v_cron_schema IS NOT NULL AND NOT has_schema_privilege(v_cron_schema, 'USAGE') THEN
        level := 'WARN';
        finding := 'not known from here: this user may not look into pg_cron';
        remedy := format('As a superuser: GRANT USAGE ON SCHEMA cron TO %I; or runner doctor, as the owner of the jobs', current_user);
        RETURN NEXT;
        RETURN;
    END IF;
    IF NOT EXISTS (SELECT FROM ops.job_state() AS s WHERE s.jobname LIKE 'refresh%' AND s.state <> 'missing') THEN
        level := 'WARN';
        finding := CASE
            WHEN row_security_active((SELECT c.oid FROM pg_catalog.pg_class AS c
                                      WHERE c.relnamespace = v_cron_schema AND c.relname = 'job'))
                THEN 'not known from here: this user has no pg_cron job that refreshes, and does not see those of others'
            ELSE 'no pg_cron job refreshes the analytics'
        END;
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
    finding := format('it serves the database %s', v_database);
    IF v_database IS NULL THEN
        finding := 'not known from here: this user may not see which database it serves';
        remedy := format('Let this user see it: GRANT pg_read_all_settings TO %I', current_user);
    ELSIF v_database <> current_database() THEN
        remedy := format('Set cron.database_name = %L in postgresql.conf, and restart the server', current_database());
    ELSIF v_workers IS DISTINCT FROM 'on' THEN
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
