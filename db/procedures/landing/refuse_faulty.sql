CREATE OR REPLACE FUNCTION landing.refuse_faulty(p_load_id bigint, p_table text)
RETURNS bigint
LANGUAGE plpgsql
AS $$
DECLARE
    v_checks text;
BEGIN
    -- Refuses the rows of landing.unproven_row that could not be split into columns, or that have a value which
    -- config.input_column forbids. The first fault of a row is its reason. Returns how many rows.
    SELECT string_agg(
        format(
            '(%1$s, %2$L, u.field_values[%1$s], landing.value_fault(%3$L, u.field_values[%1$s], %4$L, s.first_year, s.last_year))',
            c.column_position, c.column_name, c.kind, c.is_required AND c.value_if_empty IS NULL
        ),
        ', '
    )
    INTO v_checks
    FROM config.input_column AS c
    WHERE c.table_name = p_table AND c.presence <> 'derived';

    RETURN landing.refuse(p_load_id, p_table, 'landing.unproven_row', 'refused', format(
        'SELECT DISTINCT ON (u.line_number) u.line_number, '
        'CASE WHEN u.fault IS NULL THEN v.column_name END AS column_name, '
        'coalesce(u.fault, landing.reason(v.column_name, v.value, v.fault)) AS reason, '
        'u.field_values[k.column_position] AS key_value '
        'FROM landing.unproven_row AS u CROSS JOIN config.shop AS s '
        'INNER JOIN config.input_column AS k ON k.table_name = %L AND k.is_key '
        'CROSS JOIN LATERAL (VALUES %s) AS v (column_position, column_name, value, fault) '
        'WHERE u.fault IS NOT NULL OR v.fault IS NOT NULL ORDER BY u.line_number, v.column_position',
        p_table, v_checks
    ));
END
$$;
