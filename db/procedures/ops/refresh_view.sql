CREATE OR REPLACE FUNCTION ops.refresh_view(p_view_name text)
RETURNS bigint
LANGUAGE plpgsql
SET work_mem = '256MB'
SET default_statistics_target = 1
SET parallel_tuple_cost = 0
SET parallel_setup_cost = 100
SET min_parallel_table_scan_size = '4MB'
SET max_parallel_workers_per_gather = 1
SET jit = off
SET enable_nestloop = off
AS $$
DECLARE
    v_row_count bigint;
BEGIN
    -- Refreshes analytics.<p_view_name> without hiding its rows from readers and returns how many rows it has. The settings are
    -- for the comparison of old and new rows: it sorts them all, and takes statistics of them that nobody else will read. From
    -- these the planner may expect that an equal row is found soon, and look for one in a loop: a minute for 30,000 rows. From 4 MB
    -- on a table is read by two processes; a third gained nothing, not with 5,000,000 orders either, and readers want cores, too.
    CALL ops.refresh_as_owner(format('analytics.%I', p_view_name)::regclass);
    EXECUTE format('SELECT count(*) FROM analytics.%I', p_view_name) INTO v_row_count;
    RETURN v_row_count;
END
$$;
