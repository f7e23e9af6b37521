CREATE OR REPLACE FUNCTION ops.take_repeat(
    p_load_id bigint,
    p_table text,
    p_file_name text,
    p_sha256 text,
    p_options text
)
RETURNS bigint
LANGUAGE plpgsql
AS $$
DECLARE
    v_earlier record;
    v_row_count bigint;
    v_fingerprint bigint;
BEGIN
    -- Has an earlier load taken the same bytes, read them the same way, and is every row of staging.<p_table> as it was then? The
    -- file then brings nothing: it is booked as all unchanged and need not be read. Returns its lines; NULL when that is not so.
    -- Rows are counted first, and no more of them than the file has: a small file costs little beside a large table.
    SELECT f.*
    INTO v_earlier
    FROM ops.load_file AS f
    INNER JOIN ops.load AS l ON f.load_id = l.load_id AND l.status = 'succeeded'
    WHERE
        f.sha256 = p_sha256
        AND f.table_name = p_table
        AND f.reading = ops.reading_of(p_table, p_options)
        AND f.fingerprint IS NOT NULL
    ORDER BY f.load_id DESC
    LIMIT 1;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;

    EXECUTE format('SELECT count(*) FROM (SELECT FROM staging.%I LIMIT $1 + 1) AS r', p_table)
    INTO v_row_count
    USING v_earlier.rows_read;
    IF v_row_count <> v_earlier.rows_read THEN
        RETURN NULL;
    END IF;
    SELECT t.row_count, t.fingerprint
    INTO v_row_count, v_fingerprint
    FROM staging.fingerprint(v_earlier.load_id, p_table, format('staging.%I', p_table)) AS t;
    IF (v_row_count, v_fingerprint) IS DISTINCT FROM (v_earlier.rows_read, v_earlier.fingerprint) THEN
        RETURN NULL;
    END IF;

    INSERT INTO ops.load_file (
        load_id, table_name, file_name, sha256, byte_count, line_count, header, column_names, ignored_columns, rows_read, rows_unchanged,
        rows_rounded, is_repeat, reading, fingerprint
    )
    VALUES (
        p_load_id, p_table, p_file_name, p_sha256, v_earlier.byte_count, v_earlier.line_count, v_earlier.header,
        v_earlier.column_names, v_earlier.ignored_columns, v_earlier.rows_read, v_earlier.rows_read, v_earlier.rows_rounded, true, v_earlier.reading,
        v_earlier.fingerprint
    );
    CALL ops.note_unknown_statuses(p_load_id, p_table, format('staging.%I', p_table));
    RETURN v_earlier.line_count;
END
$$;
