CREATE OR REPLACE PROCEDURE landing.clear()
LANGUAGE plpgsql
AS $$
DECLARE
    v_table text;
BEGIN
    -- Empties the landing tables.
    CALL landing.empty_table('unproven_row');
    FOR v_table IN SELECT f.table_name FROM config.input_file AS f LOOP
        CALL landing.empty_table(v_table);
    END LOOP;
END
$$;
