CREATE OR REPLACE FUNCTION rollup.mark_product_prices()
RETURNS trigger
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_products text[];
    v_starts date[];
    v_ends date[];
BEGIN
    -- Marks the days whose price or cost a statement on staging.product_prices changed and on which the product sold. Of a span
    -- that only ends elsewhere, those are the days between the two ends; so prices that change today leave the past alone.
    --
    -- Takes the lock "data" until the end of the transaction: nobody recounts between this look at the days that are counted and
    -- the moment when others see the new prices. Orders that are not counted yet have their own marks.
    PERFORM pg_advisory_xact_lock(ops.lock_key('data'));

    IF TG_OP = 'UPDATE' THEN
        -- least() and greatest() leave out the side that a row of the other has no partner on.
        SELECT
            array_agg(product_id),
            array_agg(
                CASE
                    WHEN (o.price, o.cost) IS NOT DISTINCT FROM (n.price, n.cost) THEN least(o.span_end, n.span_end)
                    ELSE valid_from
                END
            ),
            array_agg(greatest(o.span_end, n.span_end))
        INTO v_products, v_starts, v_ends
        FROM (SELECT r.*, coalesce(r.valid_to, 'infinity') AS span_end FROM old_rows AS r) AS o
        FULL JOIN (SELECT r.*, coalesce(r.valid_to, 'infinity') AS span_end FROM changed_rows AS r) AS n
            USING (product_id, valid_from);
    ELSE
        SELECT array_agg(r.product_id), array_agg(r.valid_from), array_agg(coalesce(r.valid_to, 'infinity'))
        INTO v_products, v_starts, v_ends
        FROM changed_rows AS r;
    END IF;

    INSERT INTO rollup.dirty (sale_date)
    SELECT d.sale_date
    FROM rollup.days AS d
    WHERE EXISTS (
        SELECT FROM unnest(v_products, v_starts, v_ends) AS c (product_id, span_start, span_end)
        INNER JOIN rollup.product_days AS p ON c.product_id = p.product_id
        WHERE p.sale_date = d.sale_date AND d.sale_date >= c.span_start AND d.sale_date < c.span_end
    );
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
FOR EACH STATEMENT EXECUTE FUNCTION rollup.mark_truncate();
