CREATE OR REPLACE PROCEDURE config.set_clock(p_as_of date)
LANGUAGE plpgsql
AS $$
DECLARE
    v_clock config.clock;
    v_today date;
BEGIN
    -- Sets the day that figures are computed for. A date fixes the clock at it; 'infinity' lets it follow the calendar again;
    -- NULL keeps it as it is: a fixed clock stays, a free one moves to the shop's today. Writes only when something changes,
    -- so that a refresh on the same day finds the views that read the clock unchanged.
    SELECT * INTO STRICT v_clock FROM config.clock;
    SELECT (clock_timestamp() AT TIME ZONE s.time_zone)::date INTO STRICT v_today FROM config.shop AS s;

    v_clock.is_fixed := CASE WHEN p_as_of IS NULL THEN v_clock.is_fixed ELSE isfinite(p_as_of) END;
    v_clock.as_of := CASE WHEN isfinite(p_as_of) THEN p_as_of WHEN v_clock.is_fixed THEN v_clock.as_of ELSE v_today END;

    IF NOT EXISTS (SELECT FROM config.clock AS c WHERE (c.as_of, c.is_fixed) = (v_clock.as_of, v_clock.is_fixed)) THEN
        UPDATE config.clock SET as_of = v_clock.as_of, is_fixed = v_clock.is_fixed;
    END IF;
END
$$;
