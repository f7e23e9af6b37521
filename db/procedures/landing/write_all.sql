CREATE OR REPLACE FUNCTION landing.write_all(p_load_id bigint, p_table text)
RETURNS bigint
LANGUAGE plpgsql
AS $$
DECLARE
    v_columns text;
    v_row_count bigint;
BEGIN
    -- Inserts every row of landing.<p_table> into staging.<p_table>, which staging.begin_bulk() has prepared. Returns how many.
    SELECT string_agg(quote_ident(w.column_name), ', ')
    INTO v_columns
    FROM ops.written_column AS w
    WHERE w.load_id = p_load_id AND w.table_name = p_table;

    EXECUTE format(
        'INSERT INTO staging.%I (%2$s, load_id, line_number) SELECT %2$s, $1, l.line_number FROM %3$s AS l',
        p_table, v_columns, landing.rows_of(p_load_id, p_table)
    )
    USING p_load_id;
    GET DIAGNOSTICS v_row_count = ROW_COUNT;
    RETURN v_row_count;
END
$$;
