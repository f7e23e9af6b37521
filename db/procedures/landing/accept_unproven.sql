CREATE OR REPLACE FUNCTION landing.accept_unproven(p_table text)
RETURNS bigint
LANGUAGE plpgsql
AS $$
DECLARE
    v_columns text;
    v_casts text;
    v_values text;
    v_is_rounded text;
    v_rounded bigint;
    v_time_zone text := (SELECT s.time_zone FROM config.shop AS s);
BEGIN
    -- Puts the rows that are left in landing.unproven_row, which are then without fault, into landing.<p_table>. Returns how
    -- many have an amount that was rounded.
    SELECT
        string_agg(quote_ident(c.column_name), ', ' ORDER BY c.column_position),
        string_agg(
            format('%s AS %I', landing.cast_of(c.kind, format('u.field_values[%s]', c.column_position)), c.column_name),
            ', ' ORDER BY c.column_position
        ),
        string_agg(
            format(CASE WHEN c.value_if_empty IS NULL THEN '%I' ELSE 'coalesce(%I, %s)' END, c.column_name, c.value_if_empty),
            ', ' ORDER BY c.column_position
        ),
        coalesce(
            string_agg(format('u.field_values[%s] ~ ''[.][0-9]{2}[0-9]*[1-9]''', c.column_position), ' OR ')
            FILTER (WHERE c.kind = 'money'),
            'false'
        )
    INTO v_columns, v_casts, v_values, v_is_rounded
    FROM config.input_column AS c
    WHERE c.table_name = p_table;

    EXECUTE format(
        'INSERT INTO landing.%I (line_number, %s) '
        'SELECT line_number, %s FROM (SELECT u.line_number, %s FROM landing.unproven_row AS u) AS typed',
        p_table, v_columns, v_values, v_casts
    )
    USING v_time_zone;
    EXECUTE format('SELECT count(*) FROM landing.unproven_row AS u WHERE %s', v_is_rounded) INTO v_rounded;
    RETURN v_rounded;
END
$$;
