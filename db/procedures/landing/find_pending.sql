CREATE OR REPLACE FUNCTION landing.find_pending(p_table text)
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
    -- is_new. Returns how many rows of the landing table are there just so.
    SELECT
        max(c.column_name) FILTER (WHERE c.is_key),
        string_agg(format('l.%I', c.column_name), ', '),
        string_agg(format('s.%I', c.column_name), ', ')
    INTO v_key, v_rows, v_kept_rows
    FROM config.input_column AS c
    WHERE c.table_name = p_table;

    DROP TABLE IF EXISTS pg_temp.pending_row;
    EXECUTE format(
        'CREATE TEMPORARY TABLE pending_row ON COMMIT DROP AS SELECT l.*, s.%1$I IS NULL AS is_new '
        'FROM landing.%2$I AS l LEFT JOIN staging.%2$I AS s ON l.%1$I = s.%1$I '
        'WHERE s.%1$I IS NULL OR (%3$s) IS DISTINCT FROM (%4$s)',
        v_key, p_table, v_rows, v_kept_rows
    );
    EXECUTE format('SELECT (SELECT count(*) FROM landing.%I) - (SELECT count(*) FROM pg_temp.pending_row)', p_table)
    INTO v_row_count;
    RETURN v_row_count;
END
$$;
