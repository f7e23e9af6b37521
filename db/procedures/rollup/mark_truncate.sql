CREATE OR REPLACE FUNCTION rollup.mark_truncate()
RETURNS trigger
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- Marks every group that the rollups hold: TRUNCATE of staging.orders or staging.order_items emptied them all.
    INSERT INTO rollup.dirty_customer (customer_id)
    SELECT c.customer_id
    FROM rollup.customers AS c;

    INSERT INTO rollup.dirty_day (sale_date)
    SELECT d.sale_date
    FROM rollup.days AS d;
    RETURN NULL;
END
$$;

REVOKE ALL ON FUNCTION rollup.mark_truncate() FROM public;

CREATE OR REPLACE TRIGGER mark_truncated AFTER TRUNCATE ON staging.orders
FOR EACH STATEMENT EXECUTE FUNCTION rollup.mark_truncate();
CREATE OR REPLACE TRIGGER mark_truncated AFTER TRUNCATE ON staging.order_items
FOR EACH STATEMENT EXECUTE FUNCTION rollup.mark_truncate();
