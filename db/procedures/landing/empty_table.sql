CREATE OR REPLACE PROCEDURE landing.empty_table(p_table text)
LANGUAGE plpgsql
AS $$
DECLARE
    v_has_rows boolean;
BEGIN
    -- Empties landing.<p_table>. One without rows is left alone: TRUNCATE would make new files for it, and its indexes, all the same.
    EXECUTE format('SELECT EXISTS (SELECT FROM landing.%I)', p_table) INTO v_has_rows;
    IF v_has_rows THEN
        EXECUTE format('TRUNCATE landing.%I', p_table);
    END IF;
END
$$;
