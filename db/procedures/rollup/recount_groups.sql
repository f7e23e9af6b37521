CREATE OR REPLACE FUNCTION rollup.recount_groups(p_group_column text, p_is_at_refresh boolean)
RETURNS bigint
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET work_mem = '256MB'
SET maintenance_work_mem = '256MB'
SET parallel_tuple_cost = 0
SET parallel_setup_cost = 0
SET jit = off
SET lock_timeout = '10s'
AS $$
DECLARE
    v_table record;
    v_rows bigint;
    v_total bigint := 0;
BEGIN
    -- Recounts every group from staging in every rollup table grouped by p_group_column: those "at refresh" or the others.
    -- Returns the rows written. CREATE TABLE AS counts in parallel, which INSERT does not, and the key is built once. The rows
    -- are written in the order of the key, so that those of a day, of which few change, lie together. Runs with its owner's
    -- rights, because a key is not built without.
    FOR v_table IN
        SELECT m.*
        FROM rollup.maintained_table AS m
        WHERE m.group_column = p_group_column AND m.is_at_refresh = p_is_at_refresh
        ORDER BY m.turn
    LOOP
        EXECUTE format(
            'CREATE TEMPORARY TABLE recounted ON COMMIT DROP AS SELECT %s FROM rollup.%I',
            v_table.column_list, v_table.source_name
        );
        EXECUTE format('ALTER TABLE rollup.%I DROP CONSTRAINT %I', v_table.table_name, v_table.key_name);
        EXECUTE format('TRUNCATE rollup.%I', v_table.table_name);
        EXECUTE format(
            'INSERT INTO rollup.%1$I (%2$s) SELECT %2$s FROM pg_temp.recounted ORDER BY %3$s',
            v_table.table_name, v_table.column_list, v_table.key_list
        );
        GET DIAGNOSTICS v_rows = ROW_COUNT;
        v_total := v_total + v_rows;
        DROP TABLE pg_temp.recounted;
        EXECUTE format(
            'ALTER TABLE rollup.%I ADD CONSTRAINT %I PRIMARY KEY (%s)',
            v_table.table_name, v_table.key_name, v_table.key_list
        );
        EXECUTE format('ANALYZE rollup.%I', v_table.table_name);
    END LOOP;
    RETURN v_total;
END
$$;

REVOKE ALL ON FUNCTION rollup.recount_groups(text, boolean) FROM public;
