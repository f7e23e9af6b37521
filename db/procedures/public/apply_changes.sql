CREATE OR REPLACE PROCEDURE public.apply_changes()
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- Turns "today" when the day is over, takes the marks of what changed, and tells open pages to draw live figures (schema live)
    -- anew; these are counted when they are read. Publishes nothing: the views of analytics stay as the last refresh_analytics()
    -- left them. Waits for a load or a refresh that is under way, before anything else: they lock first and then set the clock.
    PERFORM pg_advisory_xact_lock(ops.lock_key('data'));
    CALL config.set_clock(NULL);
    PERFORM rollup.apply_changes();
    PERFORM pg_notify('pipeline', jsonb_build_object('event', 'apply')::text);
END
$$;

COMMENT ON PROCEDURE public.apply_changes () IS 'Turns the day, takes the marks of changes, tells open pages; publishes nothing.';
