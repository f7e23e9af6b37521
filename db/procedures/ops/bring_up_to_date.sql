CREATE OR REPLACE FUNCTION ops.bring_up_to_date(p_as_of date, p_full boolean)
RETURNS bigint
LANGUAGE plpgsql
AS $$
DECLARE
    v_groups bigint;
BEGIN
    -- The first step of a run: notes new views, sets the clock, brings all rollups up to date, closes months that are over, and
    -- draws what the assertions hold against staging. Returns how many groups were recounted. Arguments as of refresh_analytics().
    CALL ops.note_views();
    CALL config.set_clock(p_as_of);
    IF p_full THEN
        INSERT INTO rollup.dirty DEFAULT VALUES;
    END IF;
    PERFORM rollup.apply_changes();
    v_groups := rollup.apply_deferred();
    CALL rollup.close_months();
    CALL rollup.draw_audit();
    RETURN v_groups;
END
$$;
