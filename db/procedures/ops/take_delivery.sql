CREATE OR REPLACE FUNCTION ops.take_delivery(p_channel text)
RETURNS TABLE (
    alert_id bigint,
    state text,
    severity text,
    kind text,
    subject text,
    message text,
    remedy text,
    details jsonb,
    raised_at timestamptz,
    closed_at timestamptz,
    seen_count integer,
    cause text,
    is_resolved boolean,
    shop_name text,
    time_zone text
)
LANGUAGE plpgsql
AS $$
BEGIN
    -- Returns the next thing to tell a channel, the oldest first, an alert before its end; no row when nothing is due. Its row of
    -- ops.delivery stays locked to the end of the transaction: whoever else asks meanwhile is given another one.
    RETURN QUERY
    SELECT
        d.alert_id, d.state, a.severity, a.kind, a.subject, a.message, a.remedy, a.details, a.raised_at, a.closed_at,
        a.seen_count, d.cause, a.is_resolved, s.shop_name, s.time_zone
    FROM ops.delivery AS d
    INNER JOIN ops.alert AS a ON d.alert_id = a.alert_id
    CROSS JOIN config.shop AS s
    WHERE
        d.channel = p_channel
        AND d.delivered_at IS NULL
        AND d.next_attempt_at <= clock_timestamp()
        AND NOT EXISTS (
            SELECT FROM ops.delivery AS e
            WHERE
                e.alert_id = d.alert_id AND e.channel = d.channel AND e.state = 'open' AND d.state = 'closed'
                AND e.delivered_at IS NULL
        )
    ORDER BY d.alert_id, d.state DESC
    LIMIT 1
    FOR UPDATE OF d SKIP LOCKED;
END
$$;
