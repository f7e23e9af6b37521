CREATE OR REPLACE FUNCTION ops.step_done(
    p_step_name text,
    p_row_count bigint,
    p_started_at timestamptz
)
RETURNS jsonb
LANGUAGE plpgsql
AS $$
DECLARE
    v_status text := CASE WHEN p_row_count IS NULL THEN 'unchanged' ELSE 'done' END;
    v_seconds numeric := round(extract(EPOCH FROM clock_timestamp() - p_started_at)::numeric, 3);
BEGIN
    -- Tells the client that a step is finished and returns the step as an object. It is written to ops.step when the run
    -- ends, because a run that fails rolls back all that it wrote.
    --
    -- p_row_count  rows of the view, or groups recounted; NULL: nothing was to be done
    RAISE NOTICE '%: %', p_step_name, v_status || coalesce(' (' || p_row_count || ' rows, ' || v_seconds || ' s)', '');
    RETURN jsonb_build_object(
        'step_name', p_step_name, 'status', v_status, 'row_count', p_row_count, 'seconds', v_seconds
    );
END
$$;
