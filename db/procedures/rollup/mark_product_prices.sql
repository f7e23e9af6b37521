CREATE OR REPLACE FUNCTION rollup.mark_product_prices()
RETURNS trigger
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- Marks the products whose price or cost a statement on staging.product_prices changed, with the days of the change. Of a
    -- span that only ends elsewhere, those are the days between the two ends; so prices that change today leave the past alone.
    IF TG_OP = 'UPDATE' THEN
        -- least() and greatest() leave out the side that a row of the other has no partner on.
        INSERT INTO rollup.dirty (product_id, span_start, span_end)
        SELECT
            product_id,
            CASE WHEN (o.price, o.cost) IS NOT DISTINCT FROM (n.price, n.cost) THEN least(o.span_end, n.span_end) ELSE valid_from END,
            greatest(o.span_end, n.span_end)
        FROM (SELECT r.*, coalesce(r.valid_to, 'infinity') AS span_end FROM old_rows AS r) AS o
        FULL JOIN (SELECT r.*, coalesce(r.valid_to, 'infinity') AS span_end FROM changed_rows AS r) AS n
            USING (product_id, valid_from);
    ELSE
        INSERT INTO rollup.dirty (product_id, span_start, span_end)
        SELECT r.product_id, r.valid_from, coalesce(r.valid_to, 'infinity')
        FROM changed_rows AS r;
    END IF;
    RETURN NULL;
END
$$;

REVOKE ALL ON FUNCTION rollup.mark_product_prices() FROM public;

CREATE OR REPLACE TRIGGER mark_inserted AFTER INSERT ON staging.product_prices
REFERENCING NEW TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION rollup.mark_product_prices();
CREATE OR REPLACE TRIGGER mark_deleted AFTER DELETE ON staging.product_prices
REFERENCING OLD TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION rollup.mark_product_prices();
CREATE OR REPLACE TRIGGER mark_updated AFTER UPDATE ON staging.product_prices
REFERENCING OLD TABLE AS old_rows NEW TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION rollup.mark_product_prices();
CREATE OR REPLACE TRIGGER mark_truncated AFTER TRUNCATE ON staging.product_prices
FOR EACH STATEMENT EXECUTE FUNCTION rollup.mark_everything();
