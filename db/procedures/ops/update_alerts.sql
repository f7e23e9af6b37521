CREATE OR REPLACE PROCEDURE ops.update_alerts(p_kinds text[] DEFAULT NULL)
LANGUAGE plpgsql
AS $$
DECLARE
    v_now timestamptz := clock_timestamp();
    v_changes bigint;
BEGIN
    -- Makes the open alerts equal to what ops.alert_cause says is wrong now: raises what is new, updates what goes on, closes what
    -- is gone. An alert that a person closed is raised again only by another cause; of a kind that is told again, by news: numbers
    -- compare by length and text. p_kinds: only these kinds; NULL: all. Notifies listeners of the channel "pipeline" when an alert
    -- was raised or closed or there is news of it.
    WITH

    causes AS MATERIALIZED (
        SELECT
            c.*,
            k.severity,
            k.remedy,
            k.is_told_again
        FROM ops.alert_cause AS c
        INNER JOIN ops.alert_kind AS k ON c.kind = k.kind
        WHERE p_kinds IS NULL OR c.kind = ANY (p_kinds)
    ),

    closed AS (
        UPDATE ops.alert AS a
        SET
            closed_at = v_now,
            is_resolved = true
        WHERE
            a.closed_at IS NULL
            AND (p_kinds IS NULL OR a.kind = ANY (p_kinds))
            AND NOT EXISTS (SELECT FROM causes AS c WHERE c.kind = a.kind AND c.subject = a.subject)
        RETURNING a.alert_id
    ),

    news AS (
        SELECT a.alert_id
        FROM ops.alert AS a
        INNER JOIN causes AS c ON a.kind = c.kind AND a.subject = c.subject
        WHERE a.closed_at IS NULL AND c.is_told_again AND (length(c.cause), c.cause) > (length(a.cause), a.cause)
    ),

    written AS (
        INSERT INTO ops.alert AS a (
            raised_at, last_seen_at, kind, severity, subject, cause, message, remedy, details, load_id
        )
        SELECT v_now, v_now, c.kind, c.severity, c.subject, c.cause, c.message, c.remedy, c.details, c.load_id
        FROM causes AS c
        WHERE
            NOT EXISTS (
                SELECT FROM ops.alert AS h
                WHERE
                    h.kind = c.kind AND h.subject = c.subject
                    AND (h.cause = c.cause OR c.is_told_again AND (length(h.cause), h.cause) > (length(c.cause), c.cause))
                    AND h.closed_at IS NOT NULL AND NOT h.is_resolved
            )
        ON CONFLICT (kind, subject) WHERE closed_at IS NULL
        DO UPDATE SET
            last_seen_at = excluded.last_seen_at,
            seen_count = a.seen_count + (a.cause <> excluded.cause)::integer,
            cause = excluded.cause,
            message = excluded.message,
            severity = excluded.severity,
            remedy = excluded.remedy,
            details = excluded.details
        RETURNING a.raised_at = v_now AS is_new
    )

    SELECT (SELECT count(*) FROM closed) + (SELECT count(*) FROM news) + (SELECT count(*) FROM written AS w WHERE w.is_new)
    INTO v_changes;

    IF v_changes > 0 THEN
        PERFORM pg_notify('pipeline', jsonb_build_object('event', 'alert')::text);
    END IF;
END
$$;

COMMENT ON PROCEDURE ops.update_alerts (text []) IS 'Raises, updates and closes alerts as ops.alert_cause says.';
