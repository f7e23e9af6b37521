CREATE OR REPLACE FUNCTION staging.convert_items()
RETURNS trigger
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- Converts the lines of orders whose exchange rate a statement on staging.orders changed anew, from what they were before any
    -- conversion, so that the lines of an order always have its rate. When a load brought the rate, lines still lead to where they
    -- stand in their file; when another writer did, they no longer do. Whether a rate changed is asked by EXCEPT, which is hashed: a
    -- join that expects to find something soon compares every row with every other when there is nothing.
    IF NOT EXISTS (
        SELECT
            n.order_id,
            n.exchange_rate
        FROM new_rows AS n
        EXCEPT
        SELECT
            o.order_id,
            o.exchange_rate
        FROM old_rows AS o
    ) THEN
        RETURN NULL;
    END IF;

    PERFORM set_config('pipeline.keeps_origin', 'on', true);
    UPDATE staging.order_items AS i
    SET
        unit_price = round(coalesce(i.original_unit_price, i.unit_price) * coalesce(n.exchange_rate, 1), 2),
        total_amount = round(coalesce(i.original_amount, i.total_amount) * coalesce(n.exchange_rate, 1), 2),
        original_unit_price = CASE WHEN n.exchange_rate IS NOT NULL THEN coalesce(i.original_unit_price, i.unit_price) END,
        original_amount = CASE WHEN n.exchange_rate IS NOT NULL THEN coalesce(i.original_amount, i.total_amount) END,
        exchange_rate = n.exchange_rate,
        load_id = CASE WHEN o.load_id IS DISTINCT FROM n.load_id AND n.load_id IS NOT NULL THEN i.load_id END,
        line_number = CASE WHEN o.load_id IS DISTINCT FROM n.load_id AND n.load_id IS NOT NULL THEN i.line_number END
    FROM old_rows AS o
    INNER JOIN new_rows AS n ON o.order_id = n.order_id
    WHERE i.order_id = n.order_id AND o.exchange_rate IS DISTINCT FROM n.exchange_rate;
    PERFORM set_config('pipeline.keeps_origin', '', true);
    RETURN NULL;
END
$$;

REVOKE ALL ON FUNCTION staging.convert_items() FROM public;

CREATE OR REPLACE TRIGGER convert_items AFTER UPDATE ON staging.orders
REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION staging.convert_items();
