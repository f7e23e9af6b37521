CREATE OR REPLACE FUNCTION rollup.mark_products()
RETURNS trigger
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- Marks the products whose category a statement on staging.products changed, and those that it deleted or gave another
    -- id: what has sold can be gone only where the same statement inserts it again. New products have sold nothing yet.
    IF TG_OP = 'DELETE' THEN
        INSERT INTO rollup.dirty (product_id)
        SELECT o.product_id
        FROM old_rows AS o;
        RETURN NULL;
    END IF;
    INSERT INTO rollup.dirty (product_id)
    SELECT o.product_id
    FROM old_rows AS o
    LEFT JOIN new_rows AS n ON o.product_id = n.product_id
    WHERE n.product_id IS NULL OR o.category IS DISTINCT FROM n.category;
    RETURN NULL;
END
$$;

REVOKE ALL ON FUNCTION rollup.mark_products() FROM public;

CREATE OR REPLACE TRIGGER mark_updated AFTER UPDATE ON staging.products
REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION rollup.mark_products();
CREATE OR REPLACE TRIGGER mark_deleted AFTER DELETE ON staging.products
REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION rollup.mark_products();
