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
    v_key text;
    v_values text;
BEGIN
    -- Returns the rows of p_source, which is staging.<p_table> or what landing.rows_of() returns, and a 64-bit hash over all values
    -- that the file of a load writes, in any order: a row that was added, removed or changed by anybody changes it (a chance of
    -- 1 in 2^64 aside). Each column is hashed with a seed of its own, and NULL is a number of the column's own, so that no value can
    -- move from one to another unseen. All of them are the seed of the key's hash: like changes of two rows do not cancel out.
    SELECT
        min(w.column_name) FILTER (WHERE w.is_key),
        string_agg(
            format(
                CASE
                    WHEN w.kind IN ('timestamp', 'date') THEN 'coalesce(hash_numeric_extended(extract(EPOCH FROM r.%I), %s), %s)'
                    WHEN w.kind IN ('money', 'rate', 'quantity') THEN 'coalesce(hash_numeric_extended(r.%I, %s), %s)'
                    ELSE 'coalesce(hashtextextended(r.%I::text, %s), %s)'
                END,
                w.column_name, hashtextextended(w.column_name, 0), hashtextextended(w.column_name, 1)
            ),
            ' # ' ORDER BY w.column_position
        ) FILTER (WHERE NOT w.is_key)
    INTO v_key, v_values
    FROM ops.written_column AS w
    WHERE w.load_id = p_load_id AND w.table_name = p_table;

    EXECUTE format(
        'SELECT count(*), coalesce(bit_xor(hashtextextended(r.%I, %s)), 0) FROM %s AS r', v_key, v_values, p_source
    ) INTO row_count, fingerprint;
END
$$;
