CREATE OR REPLACE FUNCTION ops.health()
RETURNS TABLE (level text, subject text, finding text, remedy text)
LANGUAGE plpgsql
AS $$
BEGIN
    -- Returns one row per check of the installation, as far as the database can see it: level OK, WARN or FAIL, what was looked
    -- at, what was found, and what to do about it (NULL when OK). Changes nothing.
    RETURN QUERY SELECT h.level, h.subject, h.finding, h.remedy FROM ops.health_of_schedule() AS h;
    RETURN QUERY SELECT h.level, h.subject, h.finding, h.remedy FROM ops.health_of_runs AS h;
    RETURN QUERY SELECT h.level, h.subject, h.finding, h.remedy FROM ops.health_of_sessions AS h;
    RETURN QUERY SELECT h.level, h.subject, h.finding, h.remedy FROM ops.health_of_server AS h;
    RETURN QUERY SELECT h.level, h.subject, h.finding, h.remedy FROM ops.health_of_tables AS h;
    RETURN QUERY SELECT h.level, h.subject, h.finding, h.remedy FROM ops.health_of_rights AS h;
END
$$;
