CREATE OR REPLACE PROCEDURE ops.watch_writes()
LANGUAGE plpgsql
AS $$
DECLARE
    v_table record;
BEGIN
    -- Puts the triggers that write ops.audit on every table of staging and config that lacks one, and on those of staging that say
    -- which load wrote a row the trigger that keeps it true. The installer calls it, so that a new table needs no registration.
    -- What the pipeline's own triggers write in consequence of a statement, with their owner's rights, is not looked at; what those
    -- of others do, is.
    FOR v_table IN
        SELECT
            c.oid::regclass AS table_id,
            CASE n.nspname WHEN 'config' THEN 'audit_setting' ELSE 'audit_write' END AS routine,
            count(t.oid) FILTER (WHERE t.tgname <> 'clear_origin') < 4 AS lacks_audit,
            n.nspname = 'staging' AND max(a.attnum) IS NOT NULL AND count(t.oid) FILTER (WHERE t.tgname = 'clear_origin') = 0
                AS lacks_origin
        FROM pg_catalog.pg_class AS c
        INNER JOIN pg_catalog.pg_namespace AS n ON c.relnamespace = n.oid
        LEFT JOIN pg_catalog.pg_trigger AS t
            ON c.oid = t.tgrelid AND t.tgname IN ('audit_insert', 'audit_update', 'audit_delete', 'audit_truncate', 'clear_origin')
        LEFT JOIN pg_catalog.pg_attribute AS a ON c.oid = a.attrelid AND a.attname = 'line_number' AND NOT a.attisdropped
        WHERE n.nspname IN ('staging', 'config') AND c.relkind = 'r'
        GROUP BY n.nspname, c.oid, c.relname
        ORDER BY n.nspname, c.relname
    LOOP
        IF v_table.lacks_audit THEN
            EXECUTE format(
                'CREATE OR REPLACE TRIGGER audit_insert AFTER INSERT ON %1$s REFERENCING NEW TABLE AS new_rows '
                'FOR EACH STATEMENT %3$s EXECUTE FUNCTION ops.%2$I(); '
                'CREATE OR REPLACE TRIGGER audit_update AFTER UPDATE ON %1$s '
                'REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows '
                'FOR EACH STATEMENT %3$s EXECUTE FUNCTION ops.%2$I(); '
                'CREATE OR REPLACE TRIGGER audit_delete AFTER DELETE ON %1$s REFERENCING OLD TABLE AS old_rows '
                'FOR EACH STATEMENT %3$s EXECUTE FUNCTION ops.%2$I(); '
                'CREATE OR REPLACE TRIGGER audit_truncate AFTER TRUNCATE ON %1$s '
                'FOR EACH STATEMENT %3$s EXECUTE FUNCTION ops.%2$I()',
                v_table.table_id, v_table.routine,
                CASE v_table.routine
                    WHEN 'audit_write' THEN 'WHEN (pg_trigger_depth() = 0 OR current_user <> ''pipeline_owner'')'
                END
            );
        END IF;
        IF v_table.lacks_origin THEN
            EXECUTE format(
                'CREATE OR REPLACE TRIGGER clear_origin BEFORE UPDATE ON %s FOR EACH ROW '
                'WHEN (OLD.load_id = NEW.load_id '
                'AND (pg_trigger_depth() = 0 OR current_setting(''pipeline.keeps_origin'', true) IS DISTINCT FROM ''on'')) '
                'EXECUTE FUNCTION ops.clear_origin()',
                v_table.table_id
            );
        END IF;
    END LOOP;
END
$$;
