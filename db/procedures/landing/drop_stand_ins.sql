CREATE OR REPLACE PROCEDURE landing.drop_stand_ins(p_table text)
LANGUAGE plpgsql
AS $$
BEGIN
    -- Deletes the empty rows that stand in landing.<p_table> for lines that are blank or not plain.
    EXECUTE format(
        'DELETE FROM landing.%I WHERE %I IS NULL',
        p_table, (SELECT c.column_name FROM config.input_column AS c WHERE c.table_name = p_table AND c.is_key)
    );
END
$$;
