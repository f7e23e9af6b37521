CREATE OR REPLACE FUNCTION ops.run_assertions(p_pattern text DEFAULT '%')
RETURNS TABLE (
    assertion_name text,
    severity text,
    description text,
    violation_count bigint,
    violating_rows jsonb,
    seconds numeric
)
LANGUAGE plpgsql
AS $$
DECLARE
    v_started_at timestamptz;
BEGIN
    -- Asks every view of the schema assertions whose name is LIKE p_pattern for its violating rows. The view's comment begins
    -- with its severity ("error: …"), which config.assertion_severity may overrule. Changes nothing.
    FOR assertion_name, severity, description IN
        SELECT
            c.relname,
            coalesce(s.severity, split_part(d.description, ': ', 1)),
            regexp_replace(d.description, '^\w+: ', '')
        FROM pg_catalog.pg_class AS c
        INNER JOIN pg_catalog.pg_description AS d
            ON c.oid = d.objoid AND d.classoid = 'pg_class'::regclass AND d.objsubid = 0
        LEFT JOIN config.assertion_severity AS s ON c.relname = s.assertion_name
        WHERE c.relnamespace = to_regnamespace('assertions') AND c.relkind = 'v' AND c.relname LIKE p_pattern
        ORDER BY c.relname
    LOOP
        v_started_at := clock_timestamp();
        EXECUTE format(
            'SELECT count(*), coalesce(jsonb_agg(to_jsonb(v) - ''row_number'') FILTER (WHERE v.row_number <= 10), ''[]'') '
            'FROM (SELECT row_number() OVER () AS row_number, a.* FROM assertions.%I AS a) AS v',
            assertion_name
        ) INTO violation_count, violating_rows;
        seconds := extract(EPOCH FROM clock_timestamp() - v_started_at);
        RETURN NEXT;
    END LOOP;
END
$$;
