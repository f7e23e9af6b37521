CREATE OR REPLACE PROCEDURE ops.resolve_rejected(p_load_id bigint)
LANGUAGE plpgsql
AS $$
DECLARE
    v_file record;
BEGIN
    -- Marks the rows that earlier loads refused and whose keys this load has brought into staging as resolved. Of its own, takes
    -- the text of those that are of forgotten customers.
    CALL ops.hide_forgotten(p_load_id);
    FOR v_file IN
        SELECT c.table_name, c.column_name AS key_column
        FROM config.input_column AS c
        WHERE c.is_key
    LOOP
        EXECUTE format(
            'UPDATE ops.rejected_row AS r SET resolved_load_id = $1 FROM staging.%I AS s '
            'WHERE r.table_name = %L AND r.kind = ''refused'' AND r.resolved_load_id IS NULL AND r.load_id < $1 '
            'AND r.key_value = s.%I AND s.load_id = $1',
            v_file.table_name, v_file.table_name, v_file.key_column
        )
        USING p_load_id;
    END LOOP;
END
$$;
