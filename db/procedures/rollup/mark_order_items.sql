CREATE OR REPLACE FUNCTION rollup.mark_order_items()
RETURNS trigger
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- Marks the orders whose lines a statement on staging.order_items wrote; an UPDATE fires it twice, with the old and with the
    -- new rows. It does not ask for the order's day, which another transaction may be changing. When a statement wrote a quarter
    -- of a large table (a row takes about 120 bytes), all will be counted again anyway, and one mark says so.
    IF (SELECT count(*) FROM changed_rows) > greatest(100000, pg_relation_size(TG_RELID) / 480) THEN
        INSERT INTO rollup.dirty DEFAULT VALUES;
        RETURN NULL;
    END IF;

    INSERT INTO rollup.dirty (order_id)
    SELECT DISTINCT r.order_id
    FROM changed_rows AS r;
    RETURN NULL;
END
$$;

REVOKE ALL ON FUNCTION rollup.mark_order_items() FROM public;

CREATE OR REPLACE TRIGGER mark_inserted AFTER INSERT ON staging.order_items
REFERENCING NEW TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION rollup.mark_order_items();
CREATE OR REPLACE TRIGGER mark_deleted AFTER DELETE ON staging.order_items
REFERENCING OLD TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION rollup.mark_order_items();
CREATE OR REPLACE TRIGGER mark_updated_from AFTER UPDATE ON staging.order_items
REFERENCING OLD TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION rollup.mark_order_items();
CREATE OR REPLACE TRIGGER mark_updated_to AFTER UPDATE ON staging.order_items
REFERENCING NEW TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION rollup.mark_order_items();
