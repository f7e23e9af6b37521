CREATE OR REPLACE PROCEDURE ops.raise_alert(p_load_id bigint)
LANGUAGE plpgsql
AS $$
DECLARE
    v_refused bigint;
BEGIN
    -- Raises an alert when a load refused rows, and closes those of earlier loads whose rows are all resolved by now.
    SELECT count(*)
    INTO v_refused
    FROM ops.rejected_row AS r
    WHERE r.load_id = p_load_id AND r.kind = 'refused';

    IF v_refused > 0 THEN
        INSERT INTO ops.alert (kind, message, load_id)
        VALUES ('rows refused', format('load %s refused %s rows: runner rejects --load %1$s', p_load_id, v_refused), p_load_id);
    END IF;

    UPDATE ops.alert AS a
    SET closed_at = clock_timestamp()
    WHERE
        a.kind = 'rows refused' AND a.closed_at IS NULL
        AND NOT EXISTS (
            SELECT FROM ops.rejected_row AS r
            WHERE r.load_id = a.load_id AND r.kind = 'refused' AND r.resolved_load_id IS NULL
        );
END
$$;
