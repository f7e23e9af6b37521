CREATE OR REPLACE FUNCTION rollup.mark_order_status()
RETURNS trigger
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- Marks the customers and days of all orders in a status whose meaning a statement on config.order_status changed.
    WITH affected AS (
        SELECT o.customer_id, o.order_day
        FROM staging.orders AS o
        WHERE o.status IN (SELECT r.status FROM changed_rows AS r)
    ),

    customers AS (
        INSERT INTO rollup.dirty_customer (customer_id)
        SELECT DISTINCT a.customer_id
        FROM affected AS a
        WHERE a.customer_id IS NOT NULL
    )

    INSERT INTO rollup.dirty_day (sale_date)
    SELECT DISTINCT a.order_day
    FROM affected AS a;
    RETURN NULL;
END
$$;

REVOKE ALL ON FUNCTION rollup.mark_order_status() FROM public;

CREATE OR REPLACE TRIGGER mark_inserted AFTER INSERT ON config.order_status
REFERENCING NEW TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION rollup.mark_order_status();
CREATE OR REPLACE TRIGGER mark_deleted AFTER DELETE ON config.order_status
REFERENCING OLD TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION rollup.mark_order_status();
CREATE OR REPLACE TRIGGER mark_updated_from AFTER UPDATE ON config.order_status
REFERENCING OLD TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION rollup.mark_order_status();
CREATE OR REPLACE TRIGGER mark_updated_to AFTER UPDATE ON config.order_status
REFERENCING NEW TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION rollup.mark_order_status();
CREATE OR REPLACE TRIGGER mark_truncated AFTER TRUNCATE ON config.order_status
FOR EACH STATEMENT EXECUTE FUNCTION rollup.mark_truncate();
