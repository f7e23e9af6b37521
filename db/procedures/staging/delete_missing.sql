CREATE OR REPLACE FUNCTION staging.delete_missing(p_load_id bigint, p_is_confirmed boolean)
RETURNS bigint
LANGUAGE plpgsql
AS $$
DECLARE
    v_table record;
    v_known bigint;
    v_deleted bigint;
    v_total bigint := 0;
    v_max_share numeric := (SELECT l.max_delete_share FROM config.load AS l);
BEGIN
    -- Deletes the rows of staging whose keys are not in the landing tables: lines before orders before customers. A table of which
    -- the load has no file stays as it is. Returns how many. Unless p_is_confirmed, refuses (EA002) to delete more than config.load.max_delete_share of a table.
    FOR v_table IN
        SELECT f.table_name, c.column_name AS key_column
        FROM config.input_file AS f
        INNER JOIN config.input_column AS c ON f.table_name = c.table_name AND c.is_key
        INNER JOIN ops.load_file AS l ON l.load_id = p_load_id AND f.table_name = l.table_name
        ORDER BY f.load_order DESC
    LOOP
        EXECUTE format('SELECT count(*) FROM staging.%I', v_table.table_name) INTO v_known;
        EXECUTE format(
            'DELETE FROM staging.%1$I AS s WHERE NOT EXISTS (SELECT FROM landing.%1$I AS l WHERE l.%2$I = s.%2$I)',
            v_table.table_name, v_table.key_column
        );
        GET DIAGNOSTICS v_deleted = ROW_COUNT;
        IF NOT p_is_confirmed AND v_deleted > v_known * v_max_share THEN
            RAISE EXCEPTION USING
                ERRCODE = 'EA002',
                MESSAGE = format('%s of %s rows of staging.%s are not in the file', v_deleted, v_known, v_table.table_name),
                HINT = 'If they are to be deleted, say --yes; config.load.max_delete_share is the limit.';
        END IF;
        UPDATE ops.load_file
        SET rows_deleted = v_deleted
        WHERE load_id = p_load_id AND table_name = v_table.table_name;
        v_total := v_total + v_deleted;
    END LOOP;
    RETURN v_total;
END
$$;
