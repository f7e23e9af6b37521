CREATE OR REPLACE PROCEDURE landing.begin_file(p_table text, p_first_line bigint)
LANGUAGE plpgsql
AS $$
BEGIN
    -- Empties the landing tables for a file whose first row is expected on line p_first_line, and lets the count of its rows
    -- begin there.
    EXECUTE format('TRUNCATE landing.%I, landing.unproven_row', p_table);
    EXECUTE format('ALTER TABLE landing.%I ALTER COLUMN line_number RESTART WITH %s', p_table, p_first_line);
END
$$;
