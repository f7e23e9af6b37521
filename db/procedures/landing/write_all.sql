CREATE OR REPLACE FUNCTION landing.write_all(p_load_id bigint, p_table text)
RETURNS bigint
LANGUAGE plpgsql
AS $$
DECLARE
    v_columns text;
    v_row_count bigint;
BEGIN
    -- Inserts every row of landing.<p_table> into staging.<p_table>, which staging.begin_bulk() has prepared. Returns how many.
    SELECT string_agg(quote_ident(c.column_name), ', ')
    INTO v_columns
    FROM config.input_column AS c
    WHERE c.table_name = p_table;

    EXECUTE format(
        'INSERT INTO staging.%1$I (%2$s, load_id, line_number) SELECT %2$s, $1, line_number FROM landing.%1$I',
        p_table, v_columns
    )
    USING p_load_id;
    GET DIAGNOSTICS v_row_count = ROW_COUNT;
    RETURN v_row_count;
END
$$;
