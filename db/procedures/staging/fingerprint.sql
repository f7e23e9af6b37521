CREATE OR REPLACE FUNCTION staging.fingerprint(
    p_load_id bigint,
    p_table text,
    p_source text,
    OUT row_count bigint,
    OUT fingerprint bigint
)
LANGUAGE plpgsql
SET parallel_tuple_cost = 0
AS $$
DECLARE
    v_values text;
BEGIN
    -- Returns the rows of p_source, which is staging.<p_table> or what landing.rows_of() returns, and a 64-bit hash over all values
    -- that the file of a load writes, in any order: a row that was added, removed or changed by anybody changes it (a chance of
    -- 1 in 2^64 aside). The hash of a row is hashed once more, because it is little more than a sum over its columns, so that
    -- like changes of two rows would cancel out; and a timestamp's own hash has just 32 bits, that of its seconds 64.
    SELECT string_agg(
        format(CASE WHEN w.kind = 'timestamp' THEN 'extract(EPOCH FROM r.%I)' ELSE 'r.%I' END, w.column_name),
        ', ' ORDER BY w.column_position
    )
    INTO v_values
    FROM ops.written_column AS w
    WHERE w.load_id = p_load_id AND w.table_name = p_table;

    EXECUTE format(
        'SELECT count(*), coalesce(bit_xor(hashtextextended(hash_record_extended(ROW(%s), 0)::text, 0)), 0) FROM %s AS r',
        v_values, p_source
    ) INTO row_count, fingerprint;
END
$$;
