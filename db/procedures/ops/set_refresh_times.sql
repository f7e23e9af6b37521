CREATE OR REPLACE PROCEDURE ops.set_refresh_times(p_cron text)
LANGUAGE plpgsql
AS $$
DECLARE
    v_fields text[] := regexp_split_to_array(btrim(p_cron), '\s+');
    v_from integer;
    v_to integer;
    v_step integer;
BEGIN
    -- Has the job refresh_analytics run when p_cron says (cron's five fields), and makes config.refresh_slot say the same, so that
    -- ops.refresh_if_overdue() catches up just these. Slots are of every day, with one minute and a list, range or step of
    -- hours; for other expressions there are none, and nothing is caught up. Figures may be as old as the longest pause between
    -- two slots and an hour, or longer where config.freshness says so already.
    UPDATE config.job
    SET schedule = p_cron
    WHERE job_name = 'refresh_analytics';

    DELETE FROM config.refresh_slot;
    IF cardinality(v_fields) <> 5 OR v_fields[3:5] <> '{*,*,*}' OR v_fields[1] !~ '^[0-9]{1,2}$' THEN
        RETURN;
    END IF;
    IF v_fields[2] ~ '^[0-9]{1,2}(,[0-9]{1,2})*$' THEN
        INSERT INTO config.refresh_slot (starts_at)
        SELECT DISTINCT make_time(h.hour::integer, v_fields[1]::integer, 0)
        FROM regexp_split_to_table(v_fields[2], ',') AS h (hour);
    ELSIF v_fields[2] ~ '^([*]|[0-9]{1,2}-[0-9]{1,2})(/[0-9]{1,2})?$' THEN
        v_from := coalesce(substring(v_fields[2] FROM '^([0-9]+)-')::integer, 0);
        v_to := coalesce(substring(v_fields[2] FROM '-([0-9]+)')::integer, 23);
        v_step := coalesce(substring(v_fields[2] FROM '/([0-9]+)')::integer, 1);
        INSERT INTO config.refresh_slot (starts_at)
        SELECT make_time(h.hour, v_fields[1]::integer, 0)
        FROM generate_series(v_from, v_to, v_step) AS h (hour);
    END IF;

    UPDATE config.freshness
    SET max_age = greatest(max_age, (
        SELECT max(p.pause) + interval '1 hour'
        FROM (
            SELECT
                coalesce(
                    lead(r.starts_at) OVER (ORDER BY r.starts_at) - r.starts_at,
                    min(r.starts_at) OVER () - r.starts_at + interval '1 day'
                ) AS pause
            FROM config.refresh_slot AS r
        ) AS p
    ));
END
$$;
