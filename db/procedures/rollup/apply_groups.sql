CREATE OR REPLACE PROCEDURE rollup.apply_groups(p_group_column text, p_groups anyarray, p_is_at_refresh boolean)
LANGUAGE plpgsql
AS $$
BEGIN
    -- Brings the named groups up to date in every rollup table grouped by p_group_column, those "at refresh" or the others; all
    -- groups, when that is cheaper.
    IF p_groups IS NULL THEN
        RETURN;
    ELSIF rollup.is_large_part(p_group_column, cardinality(p_groups)) THEN
        PERFORM rollup.recount_groups(p_group_column, p_is_at_refresh);
    ELSE
        PERFORM rollup.replace_groups(p_group_column, p_groups, p_is_at_refresh);
    END IF;
END
$$;
