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
    v_column record;
    v_hash text := '0';
BEGIN
    -- Returns the rows of p_source, which is staging.<p_table> or what landing.rows_of() returns, and a 64-bit hash over all values
    -- that the file of a load writes, in any order: a row that was added, removed or changed by anybody changes it (a chance of
    -- 1 in 2^64 aside). The hash of each value is the seed of the next one's; the key comes last, whose hash mixes what that of a
    -- number leaves as it was. For NULL stands a text that no file can bring, or no number.
    FOR v_column IN
        SELECT
            w.column_name,
            w.kind
        FROM ops.written_column AS w
        WHERE w.load_id = p_load_id AND w.table_name = p_table
        ORDER BY w.is_key, w.column_position DESC
    LOOP
        v_hash := format(
            CASE
                WHEN v_column.kind IN ('timestamp', 'date')
                    THEN 'hash_numeric_extended(coalesce(extract(EPOCH FROM r.%I), ''NaN''), %s)'
                WHEN v_column.kind IN ('money', 'rate', 'quantity')
                    THEN 'hash_numeric_extended(coalesce(r.%I::numeric, ''NaN''), %s)'
                ELSE 'hashtextextended(coalesce(r.%I::text, chr(1)), %s)'
            END,
            v_column.column_name, v_hash
        );
    END LOOP;

    EXECUTE format('SELECT count(*), coalesce(bit_xor(%s), 0) FROM %s AS r', v_hash, p_source)
    INTO row_count, fingerprint;
END
$$;
