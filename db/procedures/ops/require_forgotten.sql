CREATE OR REPLACE PROCEDURE ops.require_forgotten(p_customer_id text)
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- Raises when what is published still names a customer who was forgotten, by an id that is an address, too.
    IF EXISTS (
        SELECT FROM analytics.customer_metrics AS m
        WHERE
            m.customer_id IN (p_customer_id, ops.pseudonym(p_customer_id))
            AND (ops.is_address(m.customer_id) OR (m.full_name, m.email) IS DISTINCT FROM ('Forgotten', NULL))
    ) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'object_in_use',
            MESSAGE = 'another refresh came in between: what is published still holds the name',
            HINT = 'CALL refresh_analytics()';
    END IF;
END
$$;
