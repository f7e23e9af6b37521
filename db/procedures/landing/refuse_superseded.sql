CREATE OR REPLACE FUNCTION landing.refuse_superseded(p_load_id bigint, p_table text)
RETURNS bigint
LANGUAGE plpgsql
AS $$
DECLARE
    v_key text;
BEGIN
    -- Of the rows of landing.<p_table> with one key the last line wins; the earlier ones are set aside. Returns how many.
    SELECT c.column_name
    INTO STRICT v_key
    FROM config.input_column AS c
    WHERE c.table_name = p_table AND c.is_key;

    RETURN landing.refuse(p_load_id, p_table, format('landing.%I', p_table), 'superseded', format(
        'SELECT l.line_number, %1$L AS column_name, '
        'landing.reason(%1$L, l.%1$I, format(''stands again on line %%s'', k.last_line)) AS reason, l.%1$I AS key_value '
        'FROM landing.%2$I AS l INNER JOIN ('
        'SELECT %1$I, max(line_number) AS last_line FROM landing.%2$I GROUP BY %1$I HAVING count(*) > 1'
        ') AS k ON l.%1$I = k.%1$I AND l.line_number < k.last_line',
        v_key, p_table
    ));
END
$$;
