CREATE OR REPLACE PROCEDURE staging.end_bulk()
LANGUAGE plpgsql
AS $$
DECLARE
    v_table text;
    v_statement text;
BEGIN
    -- Puts back what staging.begin_bulk() took away, each key built at once over all rows, marks everything as due, and gathers
    -- statistics. Fails when a key is there twice or a parent is not there.
    IF pg_size_bytes(current_setting('maintenance_work_mem')) < pg_size_bytes('256MB') THEN
        SET LOCAL maintenance_work_mem = '256MB';
    END IF;
    FOR v_statement IN SELECT d.redo FROM pg_temp.bulk_definition AS d ORDER BY d.step_number LOOP
        EXECUTE v_statement;
    END LOOP;
    DROP TABLE pg_temp.bulk_definition;

    INSERT INTO rollup.dirty DEFAULT VALUES;

    FOR v_table IN SELECT f.table_name FROM config.input_file AS f LOOP
        EXECUTE format(
            'ALTER TABLE staging.%I ALTER COLUMN load_id DROP DEFAULT, ALTER COLUMN line_number DROP DEFAULT', v_table
        );
        EXECUTE format('ANALYZE staging.%I', v_table);
    END LOOP;
END
$$;
