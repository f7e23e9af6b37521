CREATE OR REPLACE FUNCTION rollup.mark_order_status()
RETURNS trigger
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- Marks the statuses whose meaning a statement on config.order_status changed.
    INSERT INTO rollup.dirty (status)
    SELECT DISTINCT r.status
    FROM changed_rows AS r;
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
FOR EACH STATEMENT EXECUTE FUNCTION rollup.mark_everything();
