CREATE OR REPLACE FUNCTION ops.count_writes(p_table oid, p_action text)
RETURNS bigint
LANGUAGE sql
AS $$
    -- Returns how many rows this transaction has inserted into a table, updated or deleted so far, from the server's own
    -- counters: it looks at no row. NULL for TRUNCATE, and when the server does not count (track_counts).
    SELECT CASE
        WHEN NOT current_setting('track_counts')::boolean THEN NULL
        WHEN p_action = 'INSERT' THEN pg_catalog.pg_stat_get_xact_tuples_inserted(p_table)
        WHEN p_action = 'UPDATE' THEN pg_catalog.pg_stat_get_xact_tuples_updated(p_table)
        WHEN p_action = 'DELETE' THEN pg_catalog.pg_stat_get_xact_tuples_deleted(p_table)
    END
$$;
