CREATE OR REPLACE PROCEDURE staging.move_customer(p_customer_id text, p_new_id text)
LANGUAGE plpgsql
AS $$
BEGIN
    -- Gives a customer another id, with all orders, in one statement, so that keys hold at its end. One who has that id already gets the
    -- orders. Triggers mark both for the rollups.
    WITH moved AS (
        UPDATE staging.orders SET customer_id = p_new_id WHERE customer_id = p_customer_id
    )

    UPDATE staging.customers AS c
    SET customer_id = p_new_id
    WHERE c.customer_id = p_customer_id AND NOT EXISTS (SELECT FROM staging.customers AS n WHERE n.customer_id = p_new_id);
    DELETE FROM staging.customers WHERE customer_id = p_customer_id;
END
$$;
