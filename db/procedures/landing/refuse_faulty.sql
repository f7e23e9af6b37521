CREATE OR REPLACE FUNCTION landing.refuse_faulty(p_load_id bigint, p_table text)
RETURNS bigint
LANGUAGE plpgsql
AS $$
DECLARE
    v_checks text;
BEGIN
    -- Refuses the rows of landing.<p_table> that the loader could not split into columns, or that have a value which
    -- config.input_column forbids. The first fault of a row is its reason. Returns how many rows.
    SELECT string_agg(
        format(
            '(%s, %L, l.%I, landing.value_fault(%L, l.%I, %L, s.first_year, s.last_year))',
            c.column_position, c.column_name, c.column_name, c.kind, c.column_name, c.is_required
        ),
        ', '
    )
    INTO v_checks
    FROM config.input_column AS c
    WHERE c.table_name = p_table;

    RETURN landing.refuse(p_load_id, p_table, 'refused', format(
        'SELECT DISTINCT ON (l.line_number) l.line_number, '
        'CASE WHEN l.fault IS NULL THEN v.column_name END AS column_name, '
        'coalesce(l.fault, landing.reason(v.column_name, v.value, v.fault)) AS reason '
        'FROM landing.%I AS l CROSS JOIN config.shop AS s '
        'CROSS JOIN LATERAL (VALUES %s) AS v (column_position, column_name, value, fault) '
        'WHERE l.fault IS NOT NULL OR v.fault IS NOT NULL ORDER BY l.line_number, v.column_position',
        p_table, v_checks
    ));
END
$$;
