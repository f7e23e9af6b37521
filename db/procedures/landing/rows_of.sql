CREATE OR REPLACE FUNCTION landing.rows_of(p_load_id bigint, p_table text)
RETURNS text
LANGUAGE plpgsql
AS $$
DECLARE
    v_values text;
BEGIN
    -- Returns a subquery for the rows of landing.<p_table> as they are to stand in staging: line_number, and the columns that the
    -- file writes, with what empty values mean.
    SELECT string_agg(format('%s AS %I', w.landing_value, w.column_name), ', ' ORDER BY w.column_position)
    INTO v_values
    FROM ops.written_column AS w
    WHERE w.load_id = p_load_id AND w.table_name = p_table;
    RETURN format('(SELECT line_number, %s FROM landing.%I)', v_values, p_table);
END
$$;
