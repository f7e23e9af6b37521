CREATE OR REPLACE FUNCTION staging.fingerprint(p_table text, OUT row_count bigint, OUT fingerprint bigint)
LANGUAGE plpgsql
SET parallel_tuple_cost = 0
AS $$
BEGIN
    -- Returns the rows of staging.<p_table> and a 64-bit hash over the values of all of them, in any order: a row that was added,
    -- removed or changed by anybody changes it (a chance of 1 in 2^64 aside). load_id and line_number are no values.
    EXECUTE format(
        'SELECT count(*), coalesce(bit_xor(hash_record_extended(ROW(%s), 0)), 0) FROM staging.%I',
        (
            SELECT string_agg(quote_ident(c.column_name), ', ' ORDER BY c.column_position)
            FROM config.input_column AS c
            WHERE c.table_name = p_table
        ),
        p_table
    ) INTO row_count, fingerprint;
END
$$;
