CREATE OR REPLACE FUNCTION landing.refuse_overflow(p_load_id bigint, p_table text)
RETURNS bigint
LANGUAGE plpgsql
AS $$
DECLARE
    v_column record;
    v_row_count bigint := 0;
BEGIN
    -- Refuses the rows of landing.<p_table> with an empty amount whose worked-out value is too large. Returns how many.
    FOR v_column IN
        SELECT c.column_name, c.value_if_empty, k.column_name AS key_column
        FROM config.input_column AS c
        INNER JOIN config.input_column AS k ON c.table_name = k.table_name AND k.is_key
        WHERE c.table_name = p_table AND c.kind = 'money' AND c.value_if_empty IS NOT NULL
        ORDER BY c.column_position
    LOOP
        v_row_count := v_row_count + landing.refuse(p_load_id, p_table, format('landing.%I', p_table), 'refused', format(
            'SELECT line_number, %1$L AS column_name, landing.reason(%1$L, NULL, %2$L) AS reason, %3$I AS key_value '
            'FROM landing.%4$I WHERE %1$I IS NULL AND (%5$s) >= 999999999999.995',
            v_column.column_name, format('is empty, and %s is too large', v_column.value_if_empty), v_column.key_column,
            p_table, v_column.value_if_empty
        ));
    END LOOP;
    RETURN v_row_count;
END
$$;
