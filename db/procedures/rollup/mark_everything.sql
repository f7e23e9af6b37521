CREATE OR REPLACE FUNCTION rollup.mark_everything()
RETURNS trigger
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- Marks everything: TRUNCATE tells no rows, and some settings concern all of them.
    INSERT INTO rollup.dirty DEFAULT VALUES;
    RETURN NULL;
END
$$;

REVOKE ALL ON FUNCTION rollup.mark_everything() FROM public;

CREATE OR REPLACE TRIGGER mark_truncated AFTER TRUNCATE ON staging.orders
FOR EACH STATEMENT EXECUTE FUNCTION rollup.mark_everything();
CREATE OR REPLACE TRIGGER mark_truncated AFTER TRUNCATE ON staging.order_items
FOR EACH STATEMENT EXECUTE FUNCTION rollup.mark_everything();
CREATE OR REPLACE TRIGGER mark_others AFTER INSERT OR DELETE OR TRUNCATE ON config.clock
FOR EACH STATEMENT EXECUTE FUNCTION rollup.mark_everything();
CREATE OR REPLACE TRIGGER mark_updated AFTER UPDATE ON config.affinity
FOR EACH ROW WHEN (old.min_orders <> new.min_orders) EXECUTE FUNCTION rollup.mark_everything();
CREATE OR REPLACE TRIGGER mark_others AFTER INSERT OR DELETE OR TRUNCATE ON config.affinity
FOR EACH STATEMENT EXECUTE FUNCTION rollup.mark_everything();
