CREATE OR REPLACE FUNCTION landing.refuse(p_load_id bigint, p_table text, p_source text, p_kind text, p_faults text)
RETURNS bigint
LANGUAGE plpgsql
AS $$
DECLARE
    v_row_count bigint;
BEGIN
    -- Moves rows of the relation p_source to ops.rejected_row, as rows of the file of p_table, and returns how many. p_faults is
    -- a query that returns their (line_number, column_name, reason, key_value), at most one row a line; p_kind is refused or
    -- superseded. The raw text of a plain line is not in the database: the loader adds it.
    EXECUTE format(
        'WITH faults AS (%s), '
        'gone AS (DELETE FROM %s AS l USING faults AS f WHERE l.line_number = f.line_number RETURNING f.*) '
        'INSERT INTO ops.rejected_row '
        '(load_id, table_name, file_name, line_number, column_name, kind, reason, raw_text, key_value) '
        'SELECT x.load_id, x.table_name, x.file_name, g.line_number, g.column_name, $3, g.reason, u.raw_text, g.key_value '
        'FROM gone AS g INNER JOIN ops.load_file AS x ON x.load_id = $1 AND x.table_name = $2 '
        'LEFT JOIN landing.unproven_row AS u ON g.line_number = u.line_number ORDER BY g.line_number',
        p_faults, p_source
    )
    USING p_load_id, p_table, p_kind;
    GET DIAGNOSTICS v_row_count = ROW_COUNT;
    RETURN v_row_count;
END
$$;
