CREATE OR REPLACE FUNCTION ops.run_assertions(p_pattern text DEFAULT '%', p_changed text[] DEFAULT NULL)
RETURNS TABLE (
    assertion_name text,
    severity text,
    description text,
    violation_count bigint,
    violating_rows jsonb,
    seconds numeric,
    is_repeated boolean
)
LANGUAGE plpgsql
AS $$
DECLARE
    v_assertion record;
    v_started_at timestamptz;
BEGIN
    -- Asks every view of the schema assertions whose name is LIKE p_pattern for its violating rows; changes nothing. With
    -- p_changed, the tables that changed since the last publish, only those that read one of them: the others still have the
    -- result of then. The view's comment begins with its severity ("error: …"), which config.assertion_severity may overrule.
    FOR v_assertion IN
        SELECT
            a.*,
            r.violation_count AS last_count,
            r.violating_rows AS last_rows
        FROM ops.assertion AS a
        LEFT JOIN ops.known_view AS k ON k.schema_name = 'assertions' AND a.assertion_name = k.view_name
        LEFT JOIN ops.last_assertion_result AS r
            ON a.assertion_name = r.assertion_name AND NOT k.input_tables && p_changed AND a.installed_at < r.started_at
        WHERE a.assertion_name LIKE p_pattern
        ORDER BY a.assertion_name
    LOOP
        assertion_name := v_assertion.assertion_name;
        severity := v_assertion.severity;
        description := v_assertion.description;
        violation_count := v_assertion.last_count;
        violating_rows := v_assertion.last_rows;
        is_repeated := violation_count IS NOT NULL;
        v_started_at := clock_timestamp();
        IF NOT is_repeated THEN
            EXECUTE format(
                'SELECT count(*), coalesce(jsonb_agg(to_jsonb(v) - ''row_number'') FILTER (WHERE v.row_number <= 10), ''[]'') '
                'FROM (SELECT row_number() OVER () AS row_number, a.* FROM assertions.%I AS a) AS v',
                assertion_name
            ) INTO violation_count, violating_rows;
        END IF;
        seconds := extract(EPOCH FROM clock_timestamp() - v_started_at);
        RETURN NEXT;
    END LOOP;
END
$$;
