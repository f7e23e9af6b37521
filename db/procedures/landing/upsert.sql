CREATE OR REPLACE FUNCTION landing.upsert(
    p_load_id bigint,
    p_table text,
    OUT inserted_count bigint,
    OUT updated_count bigint,
    OUT unchanged_count bigint
)
LANGUAGE plpgsql
AS $$
DECLARE
    v_key text;
    v_columns text;
    v_casts text;
    v_assignments text;
    v_time_zone text := (SELECT s.time_zone FROM config.shop AS s);
BEGIN
    -- Writes the rows of landing.<p_table>, which must be clean, to staging.<p_table>: new keys are inserted, rows that
    -- differ are updated, equal ones are not touched. Returns how many of each.
    SELECT
        string_agg(quote_ident(c.column_name), ', ' ORDER BY c.column_position),
        string_agg(
            format('%s AS %I', landing.cast_of(c.kind, c.column_name), c.column_name), ', ' ORDER BY c.column_position
        ),
        string_agg(format('%1$I = excluded.%1$I', c.column_name), ', ' ORDER BY c.column_position) FILTER (WHERE NOT c.is_key),
        max(c.column_name) FILTER (WHERE c.is_key)
    INTO v_columns, v_casts, v_assignments, v_key
    FROM config.input_column AS c
    WHERE c.table_name = p_table;

    EXECUTE format(
        'WITH typed AS MATERIALIZED (SELECT %1$s, l.line_number FROM landing.%2$I AS l), '
        'pending AS (SELECT t.* FROM typed AS t LEFT JOIN staging.%2$I AS s ON t.%3$I = s.%3$I '
        'WHERE s.%3$I IS NULL OR (%4$s) IS DISTINCT FROM (%5$s)), '
        'written AS (INSERT INTO staging.%2$I (%6$s, load_id, line_number) SELECT %6$s, $2, line_number FROM pending '
        'ON CONFLICT (%3$I) DO UPDATE SET %7$s, load_id = excluded.load_id, line_number = excluded.line_number '
        'RETURNING xmax = 0 AS is_new) '
        'SELECT count(*) FILTER (WHERE w.is_new), count(*) FILTER (WHERE NOT w.is_new), '
        '(SELECT count(*) FROM typed) - (SELECT count(*) FROM pending) FROM written AS w',
        v_casts,
        p_table,
        v_key,
        regexp_replace(v_columns, '(^|, )', '\1t.', 'g'),
        regexp_replace(v_columns, '(^|, )', '\1s.', 'g'),
        v_columns,
        v_assignments
    )
    INTO inserted_count, updated_count, unchanged_count
    USING v_time_zone, p_load_id;
END
$$;
