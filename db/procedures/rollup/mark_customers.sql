CREATE OR REPLACE FUNCTION rollup.mark_customers()
RETURNS trigger
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- Marks the customers whose country a statement on staging.customers changed, and those that it deleted or gave another id:
    -- who has orders can be gone only where the same statement inserts him again. New customers have bought nothing yet.
    IF TG_OP = 'DELETE' THEN
        INSERT INTO rollup.dirty (customer_id)
        SELECT o.customer_id
        FROM old_rows AS o;
        RETURN NULL;
    END IF;
    INSERT INTO rollup.dirty (customer_id)
    SELECT o.customer_id
    FROM old_rows AS o
    LEFT JOIN new_rows AS n ON o.customer_id = n.customer_id
    WHERE n.customer_id IS NULL OR o.country IS DISTINCT FROM n.country;
    RETURN NULL;
END
$$;

REVOKE ALL ON FUNCTION rollup.mark_customers() FROM public;

CREATE OR REPLACE TRIGGER mark_updated AFTER UPDATE ON staging.customers
REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION rollup.mark_customers();
CREATE OR REPLACE TRIGGER mark_deleted AFTER DELETE ON staging.customers
REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION rollup.mark_customers();
