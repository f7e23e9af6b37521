CREATE OR REPLACE FUNCTION ops.digest_tables()
RETURNS TABLE (table_name text, is_view boolean, row_count bigint, digest text)
LANGUAGE plpgsql
SET timezone = 'UTC'
SET datestyle = 'ISO, YMD'
SET intervalstyle = 'iso_8601'
SET bytea_output = 'hex'
SET extra_float_digits = 1
AS $$
DECLARE
    v_table record;
BEGIN
    -- Returns how many rows each table and materialized view of the pipeline has, and a digest of them: the sums of both halves of
    -- the MD5 of each row as text, so that their order does not matter and no version of the server says otherwise.
    FOR v_table IN
        SELECT
            t.table_id,
            t.is_view,
            format('%I.%I', t.schema_name, t.table_name) AS full_name
        FROM ops.own_table AS t
        ORDER BY t.schema_name COLLATE "C", t.table_name COLLATE "C"
    LOOP
        table_name := v_table.full_name;
        is_view := v_table.is_view;
        EXECUTE format(
            'SELECT count(*), coalesce(sum((''x'' || left(r.hash, 16))::bit(64)::bigint::numeric), 0) || ''/'' || '
            'coalesce(sum((''x'' || right(r.hash, 16))::bit(64)::bigint::numeric), 0) '
            'FROM (SELECT md5(t::text) AS hash FROM %s AS t) AS r',
            v_table.table_id
        ) INTO row_count, digest;
        RETURN NEXT;
    END LOOP;
END
$$;
