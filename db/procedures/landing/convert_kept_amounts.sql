CREATE OR REPLACE PROCEDURE landing.convert_kept_amounts(p_load_id bigint)
LANGUAGE plpgsql
AS $$
DECLARE
    v_assignments text;
BEGIN
    -- Before pg_temp.pending_row is written to staging.orders: converts the amounts that the file does not have, and which orders
    -- keep, where an order gets another exchange rate. What they were in the order's own currency is found by the old rate; below
    -- a rate of 1 that may be a cent off.
    SELECT string_agg(
        format('%1$I = round(round(o.%1$I / coalesce(o.exchange_rate, 1), 2) * coalesce(p.exchange_rate, 1), 2)', k.column_name),
        ', '
    )
    INTO v_assignments
    FROM unnest(ARRAY['discount_amount', 'tax_amount', 'shipping_amount', 'refunded_amount']) AS k (column_name)
    WHERE NOT EXISTS (
        SELECT FROM ops.written_column AS w
        WHERE w.load_id = p_load_id AND w.table_name = 'orders' AND w.column_name = k.column_name
    );
    IF
        v_assignments IS NULL
        OR NOT staging.has_conversions('orders')
        AND NOT EXISTS (SELECT FROM pg_temp.pending_row AS p WHERE p.exchange_rate IS NOT NULL)
    THEN
        RETURN;
    END IF;
    EXECUTE format(
        'UPDATE staging.orders AS o SET %s FROM pg_temp.pending_row AS p '
        'WHERE o.order_id = p.order_id AND o.exchange_rate IS DISTINCT FROM p.exchange_rate '
        'AND greatest(o.discount_amount, o.tax_amount, o.shipping_amount, o.refunded_amount) > 0',
        v_assignments
    );
END
$$;
