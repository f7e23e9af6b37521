CREATE OR REPLACE PROCEDURE ops.end_run(
    p_run_id bigint,
    p_attempts integer,
    p_steps jsonb,
    p_results jsonb,
    p_error jsonb
)
LANGUAGE plpgsql
AS $$
BEGIN
    -- Closes the log row of a run with its steps, assertion results and error (NULL: it succeeded), and notifies listeners
    -- of the channel "pipeline". p_steps: array of ops.step rows; p_results: array of ops.run_assertions() rows.
    UPDATE ops.run
    SET
        status = CASE WHEN p_error IS NULL THEN 'succeeded' ELSE 'failed' END,
        as_of = (SELECT c.as_of FROM config.clock AS c),
        finished_at = clock_timestamp(),
        attempts = p_attempts,
        error_state = p_error ->> 'state',
        error_message = p_error ->> 'message',
        error_detail = p_error ->> 'detail',
        error_context = p_error ->> 'context'
    WHERE run_id = p_run_id;
    INSERT INTO ops.audit (kind, object_name, action)
    SELECT
        'refresh',
        format('run %s', p_run_id),
        r.status
    FROM ops.run AS r
    WHERE r.run_id = p_run_id;

    INSERT INTO ops.step (run_id, step_number, step_name, status, row_count, seconds)
    SELECT
        p_run_id,
        s.ordinality,
        s.step ->> 'step_name',
        CASE WHEN p_error IS NULL THEN s.step ->> 'status' ELSE 'rolled back' END,
        (s.step ->> 'row_count')::bigint,
        (s.step ->> 'seconds')::numeric
    FROM jsonb_array_elements(p_steps) WITH ORDINALITY AS s (step, ordinality);

    INSERT INTO ops.assertion_result (run_id, assertion_name, severity, violation_count, violating_rows, seconds, is_repeated)
    SELECT
        p_run_id,
        r.assertion_name,
        r.severity,
        r.violation_count,
        r.violating_rows,
        r.seconds,
        r.is_repeated
    FROM jsonb_to_recordset(p_results) AS r (
        assertion_name text, severity text, violation_count bigint, violating_rows jsonb, seconds numeric,
        is_repeated boolean
    );

    PERFORM pg_notify(
        'pipeline',
        jsonb_build_object('event', 'run', 'run_id', p_run_id, 'succeeded', p_error IS NULL)::text
    );
END
$$;
