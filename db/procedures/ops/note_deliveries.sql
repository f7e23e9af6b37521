CREATE OR REPLACE PROCEDURE ops.note_deliveries(p_channel text)
LANGUAGE plpgsql
AS $$
BEGIN
    -- Notes what a channel is to be told: every open alert, news of one that is told again, and the end of every alert that it
    -- was or is to be told of. Waits for nobody who is just telling one.
    UPDATE ops.delivery AS d
    SET
        cause = n.cause,
        attempts = 0,
        next_attempt_at = clock_timestamp(),
        delivered_at = NULL
    FROM (
        SELECT
            e.alert_id,
            a.cause
        FROM ops.delivery AS e
        INNER JOIN ops.alert AS a ON e.alert_id = a.alert_id
        INNER JOIN ops.alert_kind AS k ON a.kind = k.kind
        WHERE
            e.channel = p_channel
            AND e.state = 'open'
            AND e.delivered_at IS NOT NULL
            AND a.closed_at IS NULL
            AND k.is_told_again
            AND (length(a.cause), a.cause) > (length(e.cause), e.cause)
        FOR UPDATE OF e SKIP LOCKED
    ) AS n
    WHERE d.alert_id = n.alert_id AND d.channel = p_channel AND d.state = 'open';

    INSERT INTO ops.delivery (alert_id, state, channel, cause)
    SELECT
        a.alert_id,
        'open',
        p_channel,
        a.cause
    FROM ops.alert AS a
    WHERE a.closed_at IS NULL
    UNION ALL
    SELECT
        d.alert_id,
        'closed',
        p_channel,
        a.cause
    FROM ops.delivery AS d
    INNER JOIN ops.alert AS a ON d.alert_id = a.alert_id
    WHERE d.channel = p_channel AND d.state = 'open' AND a.closed_at IS NOT NULL
    ON CONFLICT (alert_id, state, channel) DO NOTHING;
END
$$;
