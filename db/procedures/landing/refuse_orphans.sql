CREATE OR REPLACE FUNCTION landing.refuse_orphans(p_load_id bigint, p_table text, p_source text)
RETURNS bigint
LANGUAGE plpgsql
AS $$
DECLARE
    v_reference record;
    v_row_count bigint := 0;
BEGIN
    -- Refuses the rows of the relation p_source that name a parent which staging does not have. Returns how many. The parents
    -- that the rows mention are fetched once into a temporary table, and compared there.
    FOR v_reference IN
        SELECT c.column_name, c.parent_table, k.column_name AS parent_key, o.column_name AS own_key
        FROM config.input_column AS c
        INNER JOIN config.input_column AS k ON c.parent_table = k.table_name AND k.is_key
        INNER JOIN config.input_column AS o ON c.table_name = o.table_name AND o.is_key
        WHERE c.table_name = p_table
        ORDER BY c.column_position
    LOOP
        DROP TABLE IF EXISTS pg_temp.known_parent;
        EXECUTE format(
            'CREATE TEMPORARY TABLE known_parent ON COMMIT DROP AS '
            'SELECT p.%1$I AS parent_id FROM staging.%2$I AS p '
            'INNER JOIN (SELECT DISTINCT l.%3$I FROM %4$s AS l) AS m ON p.%1$I = m.%3$I',
            v_reference.parent_key, v_reference.parent_table, v_reference.column_name, p_source
        );
        v_row_count := v_row_count + landing.refuse(p_load_id, p_table, p_source, 'refused', format(
            'SELECT l.line_number, %1$L AS column_name, '
            'landing.reason(%1$L, l.%1$I, landing.orphan_fault(l.%1$I, %2$L)) AS reason, l.%4$I AS key_value '
            'FROM %3$s AS l LEFT JOIN pg_temp.known_parent AS p ON l.%1$I = p.parent_id '
            'WHERE l.%1$I IS NOT NULL AND p.parent_id IS NULL',
            v_reference.column_name, v_reference.parent_table, p_source, v_reference.own_key
        ));
    END LOOP;
    RETURN v_row_count;
END
$$;
