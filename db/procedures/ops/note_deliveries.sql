CREATE OR REPLACE PROCEDURE ops.note_deliveries(p_channel text)
LANGUAGE plpgsql
AS $$
BEGIN
    -- Notes what a channel is to be told: every open alert, and the end of every alert that it was or is to be told of.
    INSERT INTO ops.delivery (alert_id, state, channel)
    SELECT
        a.alert_id,
        'open',
        p_channel
    FROM ops.alert AS a
    WHERE a.closed_at IS NULL
    UNION ALL
    SELECT
        d.alert_id,
        'closed',
        p_channel
    FROM ops.delivery AS d
    INNER JOIN ops.alert AS a ON d.alert_id = a.alert_id
    WHERE d.channel = p_channel AND d.state = 'open' AND a.closed_at IS NOT NULL
    ON CONFLICT (alert_id, state, channel) DO NOTHING;
END
$$;
