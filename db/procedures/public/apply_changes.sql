CREATE OR REPLACE PROCEDURE public.apply_changes()
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- Brings the live figures (schema live) up to date with staging. Publishes nothing: the views of analytics stay as the last
    -- refresh_analytics() left them. Waits for a load or a refresh that is under way. "Today" turns here too.
    CALL config.set_clock(NULL);
    PERFORM rollup.apply_changes();
    PERFORM pg_notify('pipeline', jsonb_build_object('event', 'apply')::text);
END
$$;

COMMENT ON PROCEDURE public.apply_changes () IS 'Brings the live figures up to date; publishes nothing.';
