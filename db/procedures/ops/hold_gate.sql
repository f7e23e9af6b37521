CREATE OR REPLACE PROCEDURE ops.hold_gate(p_results jsonb)
LANGUAGE plpgsql
AS $$
DECLARE
    v_failures text;
    v_count bigint;
BEGIN
    -- Raises EA001 when an assertion of severity error has violating rows. p_results: array of ops.run_assertions() rows.
    SELECT
        count(*),
        string_agg(format('%s (%s)', r ->> 'assertion_name', r ->> 'violation_count'), ', ' ORDER BY r ->> 'assertion_name')
    INTO v_count, v_failures
    FROM jsonb_array_elements(p_results) AS r
    WHERE r ->> 'severity' = 'error' AND (r ->> 'violation_count')::bigint > 0;

    IF v_count > 0 THEN
        RAISE EXCEPTION USING
            ERRCODE = 'EA001',
            MESSAGE = format('nothing was published: assertion %s failed', v_failures),
            DETAIL = (
                SELECT string_agg(format('%s First row: %s', r ->> 'description', r -> 'violating_rows' -> 0), E'\n')
                FROM jsonb_array_elements(p_results) AS r
                WHERE r ->> 'severity' = 'error' AND (r ->> 'violation_count')::bigint > 0
            ),
            HINT = 'The views keep their last good rows. The first ten rows of each: ops.assertion_result.';
    END IF;
END
$$;
