CREATE OR REPLACE PROCEDURE ops.note_fingerprint(p_load_id bigint, p_table text, p_source text, p_options text)
LANGUAGE plpgsql
AS $$
BEGIN
    -- Books the fingerprint of a file that set no row aside: a later load of the same bytes then sees at once whether the table
    -- holds just that. p_source: where its rows stand and nobody else can change them, as staging.fingerprint() takes it.
    UPDATE ops.load_file AS f
    SET
        reading = ops.reading_of(p_table, p_options),
        fingerprint = (SELECT t.fingerprint FROM staging.fingerprint(p_load_id, p_table, p_source) AS t)
    WHERE f.load_id = p_load_id AND f.table_name = p_table AND f.rows_refused + f.rows_superseded = 0;
END
$$;
