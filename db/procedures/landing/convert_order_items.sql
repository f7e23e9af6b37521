CREATE OR REPLACE FUNCTION landing.convert_order_items(p_load_id bigint)
RETURNS bigint
LANGUAGE plpgsql
AS $$
DECLARE
    v_refused bigint;
BEGIN
    -- Converts the amounts of the rows of landing.order_items whose order is in a foreign currency, with the rate of the order.
    -- Refuses rows whose amounts are then too large. Returns how many. staging.convert_items() does the same for lines that are
    -- in staging when the rate of their order changes.
    IF NOT staging.has_conversions('order_items') THEN
        RETURN 0;
    END IF;

    DROP TABLE IF EXISTS pg_temp.foreign_order;
    EXECUTE
        'CREATE TEMPORARY TABLE foreign_order ON COMMIT DROP AS SELECT o.order_id, o.exchange_rate FROM staging.orders AS o '
        'INNER JOIN (SELECT DISTINCT l.order_id FROM landing.order_items AS l) AS m ON o.order_id = m.order_id '
        'WHERE o.exchange_rate IS NOT NULL';
    v_refused := landing.refuse(
        p_load_id, 'order_items', 'landing.order_items', 'refused',
        'SELECT l.line_number, ''unit_price'' AS column_name, l.order_item_id AS key_value, '
        'landing.reason(''unit_price'', l.unit_price::text, ''makes an amount that is too large'') AS reason '
        'FROM landing.order_items AS l INNER JOIN pg_temp.foreign_order AS o ON l.order_id = o.order_id '
        'WHERE o.exchange_rate * greatest(l.unit_price, coalesce(l.total_amount, l.quantity * l.unit_price)) >= 999999999999.995'
    );
    EXECUTE
        'UPDATE landing.order_items AS l SET exchange_rate = o.exchange_rate, original_unit_price = l.unit_price, '
        'original_amount = coalesce(l.total_amount, l.quantity * l.unit_price), '
        'unit_price = round(l.unit_price * o.exchange_rate, 2), '
        'total_amount = round(coalesce(l.total_amount, l.quantity * l.unit_price) * o.exchange_rate, 2) '
        'FROM pg_temp.foreign_order AS o WHERE l.order_id = o.order_id';
    RETURN v_refused;
END
$$;
