CREATE OR REPLACE FUNCTION landing.refuse(p_load_id bigint, p_table text, p_kind text, p_faults text)
RETURNS bigint
LANGUAGE plpgsql
AS $$
DECLARE
    v_row_count bigint;
BEGIN
    -- Moves rows from landing.<p_table> to ops.rejected_row and returns how many. p_faults is a query that returns their
    -- (line_number, column_name, reason), at most one row a line; p_kind is refused or superseded.
    EXECUTE format(
        'WITH faults AS (%s), '
        'gone AS (DELETE FROM landing.%I AS l USING faults AS f WHERE l.line_number = f.line_number '
        'RETURNING l.line_number, l.raw_text, f.column_name, f.reason) '
        'INSERT INTO ops.rejected_row (load_id, table_name, file_name, line_number, column_name, kind, reason, raw_text) '
        'SELECT x.load_id, x.table_name, x.file_name, g.line_number, g.column_name, $3, g.reason, g.raw_text '
        'FROM gone AS g INNER JOIN ops.load_file AS x ON x.load_id = $1 AND x.table_name = $2 ORDER BY g.line_number',
        p_faults, p_table
    )
    USING p_load_id, p_table, p_kind;
    GET DIAGNOSTICS v_row_count = ROW_COUNT;
    RETURN v_row_count;
END
$$;
