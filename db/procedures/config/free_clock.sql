CREATE OR REPLACE PROCEDURE config.free_clock()
LANGUAGE plpgsql
AS $$
BEGIN
    -- Lets the clock follow the calendar again from the next refresh on. Until then it stays at its day.
    UPDATE config.clock SET is_fixed = false
    WHERE is_fixed;
END
$$;
