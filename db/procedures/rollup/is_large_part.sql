CREATE OR REPLACE FUNCTION rollup.is_large_part(p_groups integer, p_table regclass)
RETURNS boolean
LANGUAGE plpgsql
AS $$
DECLARE
    v_known bigint;
BEGIN
    -- Are so many groups dirty that recounting all of p_table is cheaper than recounting them? From a quarter of the known
    -- groups on; a handful is never a large part, so that the usual case does not count the table.
    IF coalesce(p_groups, 0) < 50 THEN
        RETURN false;
    END IF;
    EXECUTE format('SELECT count(*) FROM %s', p_table) INTO v_known;
    RETURN p_groups >= v_known / 4;
END
$$;
