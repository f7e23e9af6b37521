CREATE OR REPLACE PROCEDURE ops.note_fingerprint(p_load_id bigint, p_table text, p_options text)
LANGUAGE plpgsql
AS $$
DECLARE
    v_row_count bigint;
    v_kept_count bigint;
    v_fingerprint bigint;
BEGIN
    -- Books the fingerprint of staging.<p_table> after a file that set no row aside, if the table holds its rows and no others: a
    -- later load of the same bytes then sees at once whether anything has changed since.
    SELECT f.rows_read
    INTO v_row_count
    FROM ops.load_file AS f
    WHERE f.load_id = p_load_id AND f.table_name = p_table AND f.rows_refused + f.rows_superseded = 0;

    EXECUTE format('SELECT count(*) FROM (SELECT FROM staging.%I LIMIT $1 + 1) AS kept', p_table)
    INTO v_kept_count
    USING v_row_count;
    IF v_kept_count = v_row_count THEN
        SELECT t.fingerprint
        INTO v_fingerprint
        FROM staging.fingerprint(p_table) AS t;

        UPDATE ops.load_file
        SET reading = ops.reading_of(p_table, p_options), fingerprint = v_fingerprint
        WHERE load_id = p_load_id AND table_name = p_table;
    END IF;
END
$$;
