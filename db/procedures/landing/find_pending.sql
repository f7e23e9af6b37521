CREATE OR REPLACE FUNCTION landing.find_pending(p_load_id bigint, p_table text)
RETURNS bigint
LANGUAGE plpgsql
SET work_mem = '256MB'
SET parallel_tuple_cost = 0
AS $$
DECLARE
    v_key text;
    v_rows text;
    v_kept_rows text;
    v_row_count bigint;
BEGIN
    -- Collects the rows of landing.<p_table> that are not in staging.<p_table>, or not so, in pg_temp.pending_row, with
    -- is_new. Returns how many rows of the landing table are there just so. Columns that the file does not have are not compared.
    SELECT
        max(w.column_name) FILTER (WHERE w.is_key),
        string_agg(format('l.%I', w.column_name), ', ' ORDER BY w.column_position),
        string_agg(format('s.%I', w.column_name), ', ' ORDER BY w.column_position)
    INTO v_key, v_rows, v_kept_rows
    FROM ops.written_column AS w
    WHERE w.load_id = p_load_id AND w.table_name = p_table;

    DROP TABLE IF EXISTS pg_temp.pending_row;
    EXECUTE format(
        'CREATE TEMPORARY TABLE pending_row ON COMMIT DROP AS SELECT l.*, s.%1$I IS NULL AS is_new '
        'FROM %5$s AS l LEFT JOIN staging.%2$I AS s ON l.%1$I = s.%1$I '
        'WHERE s.%1$I IS NULL OR (%3$s) IS DISTINCT FROM (%4$s)',
        v_key, p_table, v_rows, v_kept_rows, landing.rows_of(p_load_id, p_table)
    );
    EXECUTE format('SELECT (SELECT count(*) FROM landing.%I) - (SELECT count(*) FROM pg_temp.pending_row)', p_table)
    INTO v_row_count;
    RETURN v_row_count;
END
$$;
