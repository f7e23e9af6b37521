CREATE OR REPLACE FUNCTION landing.trim_values(p_table text)
RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    v_blanks text := E' \t\n\r\v\f' || U&'\00A0\FEFF';
    v_assignments text;
    v_differs text;
BEGIN
    -- Takes blanks off both ends of every value of landing.<p_table>; what is then empty becomes NULL. Writes only rows that
    -- have such a value.
    SELECT
        string_agg(format('%1$I = nullif(btrim(%1$I, %2$L), '''')', c.column_name, v_blanks), ', '),
        string_agg(format('%1$I IS DISTINCT FROM nullif(btrim(%1$I, %2$L), '''')', c.column_name, v_blanks), ' OR ')
    INTO v_assignments, v_differs
    FROM config.input_column AS c
    WHERE c.table_name = p_table;

    EXECUTE format('UPDATE landing.%I SET %s WHERE %s', p_table, v_assignments, v_differs);
END
$$;
