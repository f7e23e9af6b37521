CREATE OR REPLACE FUNCTION staging.begin_bulk(p_load_id bigint)
RETURNS boolean
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_table text;
    v_has_rows boolean;
    v_statement text;
BEGIN
    -- When all tables of files are empty, makes them ready for a bulk load within this transaction: drops their keys, foreign keys
    -- and indexes, silences the triggers that copy every row and those of the audit, and lets rows that come by COPY find their load and line by
    -- themselves. staging.end_bulk() puts all of it back; a rollback does, too, and nothing can be committed in between. Returns
    -- whether it did: not when there are rows, or when something else hangs on a key, the tables belong to somebody else, or
    -- somebody reads them for long. Runs with its owner's rights, because keys are the owner's.
    FOR v_table IN SELECT f.table_name FROM config.input_file AS f LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM staging.%I)', v_table) INTO v_has_rows;
        IF v_has_rows THEN
            RETURN false;
        END IF;
    END LOOP;

    SET LOCAL lock_timeout = '3s';
    INSERT INTO ops.bulk_step (step_number, undo, redo)
    SELECT
        d.step_number,
        d.undo,
        d.redo
    FROM staging.bulk_definition AS d;

    FOR v_statement IN SELECT s.undo FROM ops.bulk_step AS s ORDER BY s.step_number DESC LOOP
        EXECUTE v_statement;
    END LOOP;
    EXECUTE (SELECT format('TRUNCATE %s', string_agg(format('staging.%I', f.table_name), ', ')) FROM config.input_file AS f);
    FOR v_table IN SELECT f.table_name FROM config.input_file AS f LOOP
        EXECUTE format(
            'ALTER TABLE staging.%1$I ALTER COLUMN load_id SET DEFAULT %2$s, '
            'ALTER COLUMN line_number SET DEFAULT nextval(''landing.%1$I_line_number_seq'')',
            v_table, p_load_id
        );
    END LOOP;
    SET LOCAL lock_timeout = DEFAULT;
    RETURN true;
EXCEPTION
    WHEN dependent_objects_still_exist OR insufficient_privilege OR lock_not_available THEN
        RETURN false;
END
$$;

REVOKE ALL ON FUNCTION staging.begin_bulk(bigint) FROM public;
