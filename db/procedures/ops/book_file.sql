CREATE OR REPLACE PROCEDURE ops.book_file(
    p_load_id bigint,
    p_table_name text,
    p_file_name text,
    p_sha256 text,
    p_byte_count bigint,
    p_line_count bigint,
    p_rows_read bigint,
    p_rows_inserted bigint,
    p_header text,
    p_column_names text[],
    p_ignored_columns text[]
)
LANGUAGE plpgsql
AS $$
BEGIN
    -- Books a file that COPY has read. p_rows_inserted: rows that went straight into staging; of the others
    -- staging.merge_file() books what became of them.
    INSERT INTO ops.load_file (
        load_id, table_name, file_name, sha256, byte_count, line_count, rows_read, rows_inserted, header,
        column_names, ignored_columns
    )
    VALUES (
        p_load_id, p_table_name, p_file_name, p_sha256, p_byte_count, p_line_count, p_rows_read, p_rows_inserted,
        p_header, p_column_names, p_ignored_columns
    );
END
$$;
