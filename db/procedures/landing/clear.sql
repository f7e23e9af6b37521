CREATE OR REPLACE PROCEDURE landing.clear()
LANGUAGE plpgsql
AS $$
BEGIN
    -- Empties the landing tables.
    EXECUTE (
        SELECT format('TRUNCATE landing.unproven_row, %s', string_agg(format('landing.%I', f.table_name), ', '))
        FROM config.input_file AS f
    );
END
$$;
