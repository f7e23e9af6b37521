CREATE OR REPLACE FUNCTION ops.last_slot(p_now timestamptz DEFAULT clock_timestamp())
RETURNS timestamptz
LANGUAGE sql
STABLE
AS $$
    -- Returns when the slot began that p_now lies in: the last local time of config.refresh_slot, in the shop's time zone. A
    -- local time that a change of the clocks leaves out begins when the clocks have moved; one that comes twice is one slot.
    -- NULL when there are no slots.
    SELECT max(t.slot_at)
    FROM (
        SELECT (d.day + s.starts_at) AT TIME ZONE c.time_zone AS slot_at
        FROM config.shop AS c
        CROSS JOIN config.refresh_slot AS s
        CROSS JOIN LATERAL (
            SELECT (p_now AT TIME ZONE c.time_zone)::date - o.days AS day
            FROM generate_series(-1, 2) AS o (days)
        ) AS d
    ) AS t
    WHERE t.slot_at <= p_now
$$;
