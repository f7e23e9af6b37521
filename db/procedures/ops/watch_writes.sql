CREATE OR REPLACE PROCEDURE ops.watch_writes()
LANGUAGE plpgsql
AS $$
DECLARE
    v_table record;
BEGIN
    -- Puts the triggers that write ops.audit on every table of staging and config that lacks one. The installer calls it, so that
    -- a new table needs no registration. Statements that other triggers send are not looked at.
    FOR v_table IN
        SELECT
            c.oid::regclass AS table_id,
            n.nspname = 'config' AS is_setting
        FROM pg_catalog.pg_class AS c
        INNER JOIN pg_catalog.pg_namespace AS n ON c.relnamespace = n.oid
        LEFT JOIN pg_catalog.pg_trigger AS t
            ON c.oid = t.tgrelid
            AND t.tgname IN ('audit_insert', 'audit_update', 'audit_delete', 'audit_truncate', 'audit_statement', 'note_writes')
        WHERE n.nspname IN ('staging', 'config') AND c.relkind = 'r'
        GROUP BY n.nspname, c.oid, c.relname
        HAVING count(t.oid) < CASE n.nspname WHEN 'config' THEN 4 ELSE 2 END
        ORDER BY n.nspname, c.relname
    LOOP
        IF v_table.is_setting THEN
            EXECUTE format(
                'CREATE OR REPLACE TRIGGER audit_insert AFTER INSERT ON %1$s REFERENCING NEW TABLE AS new_rows '
                'FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_setting(); '
                'CREATE OR REPLACE TRIGGER audit_update AFTER UPDATE ON %1$s '
                'REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows '
                'FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_setting(); '
                'CREATE OR REPLACE TRIGGER audit_delete AFTER DELETE ON %1$s REFERENCING OLD TABLE AS old_rows '
                'FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_setting(); '
                'CREATE OR REPLACE TRIGGER audit_truncate AFTER TRUNCATE ON %1$s '
                'FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_setting()',
                v_table.table_id
            );
        ELSE
            EXECUTE format(
                'CREATE OR REPLACE TRIGGER note_writes BEFORE INSERT OR UPDATE OR DELETE ON %1$s '
                'FOR EACH STATEMENT WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION ops.note_writes(); '
                'CREATE OR REPLACE TRIGGER audit_statement AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON %1$s '
                'FOR EACH STATEMENT WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION ops.audit_statement()',
                v_table.table_id
            );
        END IF;
    END LOOP;
END
$$;
