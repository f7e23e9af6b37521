CREATE OR REPLACE FUNCTION rollup.mark_clock()
RETURNS trigger
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- Marks the customers with an order on a day that enters or leaves one of the windows of rollup.customers when "today" moves:
    -- one over which a border of a window moves from old_date to new_date.
    INSERT INTO rollup.dirty (customer_id)
    SELECT DISTINCT o.customer_id
    FROM unnest(
        ARRAY[old.as_of, old.as_of - 30, old.as_of - 90, old.as_of - 365, (old.as_of - interval '1 year')::date],
        ARRAY[new.as_of, new.as_of - 30, new.as_of - 90, new.as_of - 365, (new.as_of - interval '1 year')::date]
    ) AS w (old_date, new_date)
    INNER JOIN staging.orders AS o
        ON o.order_day > least(w.old_date, w.new_date) AND o.order_day <= greatest(w.old_date, w.new_date)
    WHERE o.customer_id IS NOT NULL;
    RETURN NULL;
END
$$;

REVOKE ALL ON FUNCTION rollup.mark_clock() FROM public;

CREATE OR REPLACE TRIGGER mark_moved AFTER UPDATE OF as_of ON config.clock
FOR EACH ROW WHEN (old.as_of <> new.as_of) EXECUTE FUNCTION rollup.mark_clock();
