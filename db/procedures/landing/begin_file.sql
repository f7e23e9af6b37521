CREATE OR REPLACE PROCEDURE landing.begin_file(p_table text, p_first_line bigint)
LANGUAGE plpgsql
AS $$
BEGIN
    -- Empties the landing tables for a file whose first row is expected on line p_first_line, and lets the count of its rows
    -- begin there.
    CALL landing.empty_table(p_table);
    CALL landing.empty_table('unproven_row');
    PERFORM setval(format('landing.%I', p_table || '_line_number_seq'), p_first_line, false);
END
$$;
