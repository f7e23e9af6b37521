CREATE OR REPLACE FUNCTION staging.note_prices()
RETURNS trigger
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_day date := (
        SELECT CASE WHEN c.is_fixed THEN c.as_of ELSE (clock_timestamp() AT TIME ZONE s.time_zone)::date END
        FROM config.clock AS c CROSS JOIN config.shop AS s
    );
BEGIN
    -- Keeps the history of prices and costs: what a statement on staging.products says holds from today on, for all days to come;
    -- for a new product, for all days. So of several changes on one day the last counts, and with a clock that was fixed at an
    -- earlier day what was to hold after it is forgotten. A cost that was not known holds for the days on which it was not, too.
    IF TG_OP = 'INSERT' THEN
        INSERT INTO staging.product_prices (product_id, valid_from, price, cost)
        SELECT n.product_id, '-infinity', n.price, n.cost
        FROM new_rows AS n;
        RETURN NULL;
    END IF;

    -- The span before today's and today's are written one after the other: until both are, the chain of spans is broken.
    SET CONSTRAINTS staging.product_prices_valid_to_fkey DEFERRED;
    DELETE FROM staging.product_prices AS h
    USING old_rows AS o INNER JOIN new_rows AS n ON o.product_id = n.product_id
    WHERE h.product_id = n.product_id AND h.valid_from >= v_day AND (o.price, o.cost) IS DISTINCT FROM (n.price, n.cost);

    UPDATE staging.product_prices AS h
    SET valid_to = v_day
    FROM old_rows AS o INNER JOIN new_rows AS n ON o.product_id = n.product_id
    WHERE
        h.product_id = n.product_id
        AND (h.valid_to > v_day OR h.valid_to IS NULL)
        AND (o.price, o.cost) IS DISTINCT FROM (n.price, n.cost);

    UPDATE staging.product_prices AS h
    SET cost = n.cost
    FROM old_rows AS o INNER JOIN new_rows AS n ON o.product_id = n.product_id
    WHERE h.product_id = n.product_id AND h.cost IS NULL AND o.cost IS NULL AND n.cost IS NOT NULL;

    INSERT INTO staging.product_prices (product_id, valid_from, price, cost)
    SELECT n.product_id, v_day, n.price, n.cost
    FROM old_rows AS o INNER JOIN new_rows AS n ON o.product_id = n.product_id
    WHERE (o.price, o.cost) IS DISTINCT FROM (n.price, n.cost);
    SET CONSTRAINTS staging.product_prices_valid_to_fkey IMMEDIATE;
    RETURN NULL;
END
$$;

REVOKE ALL ON FUNCTION staging.note_prices() FROM public;

CREATE OR REPLACE TRIGGER note_inserted_prices AFTER INSERT ON staging.products
REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION staging.note_prices();
CREATE OR REPLACE TRIGGER note_updated_prices AFTER UPDATE ON staging.products
REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION staging.note_prices();
