CREATE OR REPLACE PROCEDURE staging.end_bulk()
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_table text;
    v_statement text;
BEGIN
    -- Puts back what staging.begin_bulk() took away, each key built at once over all rows, marks everything as due, gathers
    -- statistics, and notes in ops.audit how many rows came. Fails when a key is there twice or a parent is not there. Runs with
    -- its owner's rights, because keys are the owner's; what it runs comes from a table that nobody else writes.
    IF NOT EXISTS (SELECT FROM ops.bulk_step) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = 'no bulk load has begun in this transaction',
            HINT = 'SELECT staging.begin_bulk(load_id) begins one, when staging is empty.';
    END IF;
    IF pg_size_bytes(current_setting('maintenance_work_mem')) < pg_size_bytes('256MB') THEN
        SET LOCAL maintenance_work_mem = '256MB';
    END IF;
    FOR v_statement IN SELECT s.redo FROM ops.bulk_step AS s ORDER BY s.step_number LOOP
        EXECUTE v_statement;
    END LOOP;
    DELETE FROM ops.bulk_step;

    INSERT INTO rollup.dirty DEFAULT VALUES;

    FOR v_table IN SELECT f.table_name FROM config.input_file AS f LOOP
        EXECUTE format(
            'ALTER TABLE staging.%I ALTER COLUMN load_id DROP DEFAULT, ALTER COLUMN line_number DROP DEFAULT', v_table
        );
        EXECUTE format('ANALYZE staging.%I', v_table);
        EXECUTE format(
            'INSERT INTO ops.audit (kind, object_name, action, row_count, statement) '
            'SELECT CASE WHEN ops.own_load() IS NULL THEN ''staging'' ELSE ''load write'' END, %L, ''INSERT'', c.row_count, '
            'ops.statement_text(%L::regclass) FROM (SELECT count(*) AS row_count FROM staging.%I) AS c WHERE c.row_count > 0',
            format('staging.%I', v_table), format('staging.%I', v_table), v_table
        );
    END LOOP;
END
$$;

REVOKE ALL ON PROCEDURE staging.end_bulk() FROM public;
