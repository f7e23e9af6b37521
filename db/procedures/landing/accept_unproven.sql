CREATE OR REPLACE FUNCTION landing.accept_unproven(p_table text)
RETURNS bigint
LANGUAGE plpgsql
AS $$
DECLARE
    v_columns text;
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
            landing.cast_of(c.kind, format('u.field_values[%s]', c.column_position)), ', ' ORDER BY c.column_position
        ),
        coalesce(
            string_agg(format('u.field_values[%s] ~ ''[.][0-9]{2}[0-9]*[1-9]''', c.column_position), ' OR ')
            FILTER (WHERE c.kind = 'money'),
            'false'
        )
    INTO v_columns, v_values, v_is_rounded
    FROM config.input_column AS c
    WHERE c.table_name = p_table AND c.presence <> 'derived';

    EXECUTE format(
        'INSERT INTO landing.%I (line_number, %s) SELECT u.line_number, %s FROM landing.unproven_row AS u',
        p_table, v_columns, v_values
    )
    USING v_time_zone;
    EXECUTE format('SELECT count(*) FROM landing.unproven_row AS u WHERE %s', v_is_rounded) INTO v_rounded;
    RETURN v_rounded;
END
$$;
