CREATE OR REPLACE PROCEDURE config.set_clock(p_as_of date)
LANGUAGE plpgsql
AS $$
DECLARE
    v_today date;
BEGIN
    -- Sets the day that figures are computed for. A date fixes the clock at it; 'infinity' lets it follow the calendar again;
    -- NULL keeps it as it is: a fixed clock stays, a free one moves to the shop's today.
    SELECT (clock_timestamp() AT TIME ZONE s.time_zone)::date
    INTO v_today
    FROM config.shop AS s;

    UPDATE config.clock AS c
    SET as_of = n.as_of, is_fixed = n.is_fixed
    FROM (
        SELECT
            CASE WHEN isfinite(p_as_of) THEN p_as_of WHEN p_as_of IS NULL AND o.is_fixed THEN o.as_of ELSE v_today END AS as_of,
            CASE WHEN p_as_of IS NULL THEN o.is_fixed ELSE isfinite(p_as_of) END AS is_fixed
        FROM config.clock AS o
    ) AS n
    WHERE (c.as_of, c.is_fixed) IS DISTINCT FROM (n.as_of, n.is_fixed);
END
$$;
