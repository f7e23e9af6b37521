CREATE OR REPLACE FUNCTION ops.clear_origin()
RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    -- Before a row of staging is updated that keeps its load: that load did not write what now stands there, so the row no longer
    -- leads to a line of its file. Loads give each row that they update a load of its own, and pay for nothing but the comparison.
    NEW.load_id := NULL;
    NEW.line_number := NULL;
    RETURN NEW;
END
$$;
