CREATE OR REPLACE FUNCTION ops.refresh_order(p_changed text[], p_full boolean)
RETURNS TABLE (view_name text, is_due boolean, step_number bigint, step_count bigint)
LANGUAGE plpgsql
AS $$
BEGIN
    -- Returns the materialized views of analytics in the order in which they must be refreshed. Due are those that read a table of
    -- p_changed, through other views too; with p_full, all. The steps of a run are the rollups, the models, these, and the
    -- assertions.
    RETURN QUERY
    SELECT
        v.view_name,
        v.is_due,
        2 + row_number() OVER (ORDER BY v.depth, v.view_name COLLATE "C"),
        3 + count(*) OVER ()
    FROM (
        SELECT
            k.view_name,
            k.depth,
            p_full OR k.input_tables && p_changed AS is_due
        FROM ops.known_view AS k
        WHERE k.schema_name = 'analytics'
    ) AS v
    ORDER BY v.depth, v.view_name COLLATE "C";
END
$$;
