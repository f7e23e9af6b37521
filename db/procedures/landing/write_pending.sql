CREATE OR REPLACE FUNCTION landing.write_pending(
    p_load_id bigint,
    p_table text,
    OUT inserted_count bigint,
    OUT updated_count bigint
)
LANGUAGE plpgsql
AS $$
DECLARE
    v_key text;
    v_columns text;
    v_assignments text;
BEGIN
    -- Writes the rows of pg_temp.pending_row to staging.<p_table>. Returns how many were new and how many were not. Without
    -- rows nothing is asked of staging, so that no trigger notes a change.
    SELECT count(*) FILTER (WHERE p.is_new), count(*) FILTER (WHERE NOT p.is_new)
    INTO inserted_count, updated_count
    FROM pg_temp.pending_row AS p;
    IF inserted_count + updated_count = 0 THEN
        RETURN;
    END IF;

    SELECT
        max(w.column_name) FILTER (WHERE w.is_key),
        string_agg(quote_ident(w.column_name), ', '),
        string_agg(format('%1$I = excluded.%1$I', w.column_name), ', ') FILTER (WHERE NOT w.is_key)
    INTO v_key, v_columns, v_assignments
    FROM ops.written_column AS w
    WHERE w.load_id = p_load_id AND w.table_name = p_table;

    IF p_table = 'orders' AND updated_count > 0 THEN
        CALL landing.convert_kept_amounts(p_load_id);
    END IF;
    EXECUTE format(
        'INSERT INTO staging.%1$I (%2$s, load_id, line_number) SELECT %2$s, $1, line_number FROM pg_temp.pending_row '
        'ON CONFLICT (%3$I) DO UPDATE SET %4$s, load_id = excluded.load_id, line_number = excluded.line_number',
        p_table, v_columns, v_key, v_assignments
    )
    USING p_load_id;
END
$$;
