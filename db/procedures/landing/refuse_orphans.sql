CREATE OR REPLACE FUNCTION landing.refuse_orphans(p_load_id bigint, p_table text)
RETURNS bigint
LANGUAGE plpgsql
AS $$
DECLARE
    v_reference record;
    v_row_count bigint := 0;
BEGIN
    -- Refuses the rows of landing.<p_table> that name a parent which staging does not have. Returns how many. The parents
    -- that the file mentions are fetched once into a temporary table, and compared there.
    FOR v_reference IN
        SELECT c.column_name, c.parent_table, k.column_name AS parent_key
        FROM config.input_column AS c
        INNER JOIN config.input_column AS k ON c.parent_table = k.table_name AND k.is_key
        WHERE c.table_name = p_table
        ORDER BY c.column_position
    LOOP
        DROP TABLE IF EXISTS pg_temp.known_parent;
        EXECUTE format(
            'CREATE TEMPORARY TABLE known_parent ON COMMIT DROP AS '
            'SELECT p.%1$I AS parent_id FROM staging.%2$I AS p '
            'INNER JOIN (SELECT DISTINCT l.%3$I FROM landing.%4$I AS l) AS m ON p.%1$I = m.%3$I',
            v_reference.parent_key, v_reference.parent_table, v_reference.column_name, p_table
        );
        v_row_count := v_row_count + landing.refuse(p_load_id, p_table, 'refused', format(
            'SELECT l.line_number, %1$L AS column_name, landing.reason(%1$L, l.%1$I, %2$L) AS reason '
            'FROM landing.%3$I AS l LEFT JOIN pg_temp.known_parent AS p ON l.%1$I = p.parent_id '
            'WHERE l.%1$I IS NOT NULL AND p.parent_id IS NULL',
            v_reference.column_name, format('is not in %s', v_reference.parent_table), p_table
        ));
    END LOOP;
    RETURN v_row_count;
END
$$;
