CREATE OR REPLACE FUNCTION ops.refresh_views(p_changed text[], p_full boolean)
RETURNS jsonb
LANGUAGE plpgsql
AS $$
DECLARE
    v_view record;
    v_started_at timestamptz;
    v_rows bigint;
    v_steps jsonb := jsonb_build_array();
BEGIN
    -- Refreshes the views of analytics that are due, in order, and returns the steps. Parameters as in ops.refresh_order().
    FOR v_view IN SELECT * FROM ops.refresh_order(p_changed, p_full) LOOP
        CALL ops.begin_step(v_view.view_name, v_view.step_number, v_view.step_count);
        v_started_at := clock_timestamp();
        v_rows := CASE WHEN v_view.is_due THEN ops.refresh_view(v_view.view_name) END;
        v_steps := v_steps || ops.step_done(v_view.view_name, v_rows, v_started_at);
    END LOOP;
    RETURN v_steps;
END
$$;
