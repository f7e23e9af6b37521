CREATE OR REPLACE PROCEDURE ops.begin_step(p_step_name text, p_number bigint, p_of bigint)
LANGUAGE plpgsql
AS $$
BEGIN
    -- Names the step that a run is at in pg_stat_activity.application_name, where everyone sees it at once (a row would be seen
    -- only after the commit); ops.run_progress shows it. Tells the client, too.
    PERFORM set_config('application_name', format('refresh %s/%s %s', p_number, p_of, p_step_name), false);
    RAISE NOTICE 'step %/%: %', p_number, p_of, p_step_name;
END
$$;
