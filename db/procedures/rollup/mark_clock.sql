CREATE OR REPLACE FUNCTION rollup.mark_clock()
RETURNS trigger
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- Marks the customers with an order on a day that enters or leaves one of the windows of rollup.customers when "today" moves.
    INSERT INTO rollup.dirty (customer_id)
    SELECT DISTINCT o.customer_id
    FROM unnest(ARRAY[0, 30, 90, 365]) AS w (days)
    INNER JOIN staging.orders AS o
        ON o.order_day > least(old.as_of, new.as_of) - w.days AND o.order_day <= greatest(old.as_of, new.as_of) - w.days
    WHERE o.customer_id IS NOT NULL;
    RETURN NULL;
END
$$;

REVOKE ALL ON FUNCTION rollup.mark_clock() FROM public;

CREATE OR REPLACE TRIGGER mark_moved AFTER UPDATE OF as_of ON config.clock
FOR EACH ROW WHEN (old.as_of <> new.as_of) EXECUTE FUNCTION rollup.mark_clock();
