CREATE OR REPLACE FUNCTION ops.row_origin(p_table text, p_key text)
RETURNS TABLE (
    load_id bigint,
    file_name text,
    line_number bigint,
    sha256 text,
    folder text,
    loaded_at timestamptz,
    loaded_by text
)
LANGUAGE plpgsql
STABLE
AS $$
DECLARE
    v_key text;
BEGIN
    -- Returns the file and line that last wrote the row of staging.<p_table> whose key is p_key; all NULL when another writer did, or
    -- has changed it since; no row when there is no such row.
    SELECT i.column_name INTO v_key FROM config.input_column AS i WHERE i.table_name = p_table AND i.is_key;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'undefined_table',
            MESSAGE = format('staging.%s is not a table that files are loaded into', p_table),
            HINT = (SELECT 'There are: ' || string_agg(f.table_name, ', ' ORDER BY f.load_order) FROM config.input_file AS f);
    END IF;
    FOR load_id, file_name, line_number, sha256, folder, loaded_at, loaded_by IN EXECUTE format(
        'SELECT l.load_id, f.file_name, s.line_number, f.sha256, l.folder, l.finished_at, l.loaded_by FROM staging.%I AS s '
        'LEFT JOIN ops.load AS l ON s.load_id = l.load_id '
        'LEFT JOIN ops.load_file AS f ON s.load_id = f.load_id AND f.table_name = %L WHERE s.%I = $1',
        p_table, p_table, v_key
    )
    USING p_key
    LOOP
        RETURN NEXT;
    END LOOP;
END
$$;
