CREATE OR REPLACE PROCEDURE ops.end_delivery(p_alert_id bigint, p_state text, p_channel text, p_error_message text)
LANGUAGE plpgsql
AS $$
BEGIN
    -- Notes how an attempt to tell a channel ended. p_error_message: NULL when the other side took it; else the next attempt is due
    -- after 30 seconds, and after twice as long each time, up to an hour.
    UPDATE ops.delivery
    SET
        attempts = attempts + 1,
        delivered_at = CASE WHEN p_error_message IS NULL THEN clock_timestamp() END,
        error_message = p_error_message,
        next_attempt_at = clock_timestamp() + least(interval '30 seconds' * 2 ^ least(attempts, 20), interval '1 hour')
    WHERE alert_id = p_alert_id AND state = p_state AND channel = p_channel;
END
$$;
