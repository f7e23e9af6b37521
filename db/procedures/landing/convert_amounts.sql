CREATE OR REPLACE FUNCTION landing.convert_amounts(p_load_id bigint, p_table text)
RETURNS bigint
LANGUAGE plpgsql
AS $$
BEGIN
    -- Converts the amounts in foreign currencies of landing.<p_table> to the shop's, and refuses rows for which that cannot be done.
    -- Returns how many.
    RETURN CASE p_table
        WHEN 'orders' THEN landing.convert_orders(p_load_id)
        WHEN 'order_items' THEN landing.convert_order_items(p_load_id)
        ELSE 0
    END;
END
$$;
