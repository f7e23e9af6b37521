CREATE OR REPLACE PROCEDURE landing.clear()
LANGUAGE plpgsql
AS $$
BEGIN
    -- Empties the landing tables.
    TRUNCATE landing.customers, landing.products, landing.orders, landing.order_items, landing.unproven_row;
END
$$;
