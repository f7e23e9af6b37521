CREATE OR REPLACE FUNCTION rollup.mark_customers()
RETURNS trigger
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- Marks the customers whose country a statement on staging.customers changed. New customers have bought nothing yet, and
    -- one who has cannot be deleted.
    INSERT INTO rollup.dirty (customer_id)
    SELECT o.customer_id
    FROM old_rows AS o
    INNER JOIN new_rows AS n ON o.customer_id = n.customer_id
    WHERE o.country IS DISTINCT FROM n.country;
    RETURN NULL;
END
$$;

REVOKE ALL ON FUNCTION rollup.mark_customers() FROM public;

CREATE OR REPLACE TRIGGER mark_updated AFTER UPDATE ON staging.customers
REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION rollup.mark_customers();
