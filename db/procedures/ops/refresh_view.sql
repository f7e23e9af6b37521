CREATE OR REPLACE FUNCTION ops.refresh_view(p_view_name text)
RETURNS bigint
LANGUAGE plpgsql
AS $$
DECLARE
    v_row_count bigint;
BEGIN
    -- Refreshes analytics.<p_view_name> without hiding its rows from readers and returns how many rows it has.
    EXECUTE format('REFRESH MATERIALIZED VIEW CONCURRENTLY analytics.%I', p_view_name);
    EXECUTE format('SELECT count(*) FROM analytics.%I', p_view_name) INTO v_row_count;
    RETURN v_row_count;
END
$$;
