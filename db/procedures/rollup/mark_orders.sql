CREATE OR REPLACE FUNCTION rollup.mark_orders()
RETURNS trigger
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- Marks the customers, the days and the days of refunds of the rows that a statement on staging.orders wrote. An UPDATE
    -- fires it twice, with the old and with the new rows, so that an order that moves marks both places.
    INSERT INTO rollup.dirty (customer_id)
    SELECT DISTINCT r.customer_id
    FROM changed_rows AS r
    WHERE r.customer_id IS NOT NULL;

    INSERT INTO rollup.dirty (sale_date)
    SELECT r.order_day
    FROM changed_rows AS r
    UNION
    SELECT greatest(r.refunded_at::date, r.order_day)
    FROM changed_rows AS r
    WHERE r.refunded_amount > 0;
    RETURN NULL;
END
$$;

REVOKE ALL ON FUNCTION rollup.mark_orders() FROM public;

CREATE OR REPLACE TRIGGER mark_inserted AFTER INSERT ON staging.orders
REFERENCING NEW TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION rollup.mark_orders();
CREATE OR REPLACE TRIGGER mark_deleted AFTER DELETE ON staging.orders
REFERENCING OLD TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION rollup.mark_orders();
CREATE OR REPLACE TRIGGER mark_updated_from AFTER UPDATE ON staging.orders
REFERENCING OLD TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION rollup.mark_orders();
CREATE OR REPLACE TRIGGER mark_updated_to AFTER UPDATE ON staging.orders
REFERENCING NEW TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION rollup.mark_orders();
