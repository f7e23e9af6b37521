CREATE OR REPLACE FUNCTION ops.is_settled()
RETURNS boolean
LANGUAGE plpgsql
STABLE
AS $$
BEGIN
    -- Is everything that was written published: would a refresh of the same day change no figure?
    RETURN NOT EXISTS (SELECT FROM rollup.dirty)
        AND NOT EXISTS (SELECT FROM rollup.changed)
        AND NOT EXISTS (SELECT FROM ops.changed_relation);
END
$$;
