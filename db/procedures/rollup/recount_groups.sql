CREATE OR REPLACE FUNCTION rollup.recount_groups(p_occasion text)
RETURNS bigint
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET work_mem = '256MB'
SET maintenance_work_mem = '256MB'
SET enable_seqscan = on
SET enable_hashjoin = on
SET enable_mergejoin = on
SET parallel_tuple_cost = 0
SET parallel_setup_cost = 0
SET jit = off
SET lock_timeout = '10s'
AS $$
DECLARE
    c_few_rows CONSTANT bigint := 100000;
    v_table record;
    v_undo text[];
    v_redo text[];
    v_statement text;
    v_rows bigint;
    v_total bigint := 0;
BEGIN
    -- Recounts every group in every rollup table of an occasion of rollup.maintained_table, and in those that follow them.
    -- Returns the rows written. CREATE TABLE AS counts in parallel, which INSERT does not, and indexes are built once. The rows
    -- are written in the order of the key, so that those of a day, of which few change, lie together. Runs with its owner's
    -- rights, because a key is not built without; switches on again what rollup.replace_groups() may have switched off.
    -- Of a table of few rows, as of days, readers wait for nothing, and an older snapshot still finds what it held.
    FOR v_table IN
        SELECT m.*
        FROM rollup.maintained_table AS m
        WHERE m.occasion = p_occasion
        ORDER BY m.turn
    LOOP
        EXECUTE format(
            'CREATE TEMPORARY TABLE recounted ON COMMIT DROP AS SELECT %s FROM rollup.%I',
            v_table.column_list, v_table.source_name
        );
        GET DIAGNOSTICS v_rows = ROW_COUNT;
        IF v_rows <= c_few_rows THEN
            v_undo := ARRAY[format('DELETE FROM rollup.%I', v_table.table_name)];
            v_redo := '{}';
        ELSE
            SELECT
                ARRAY[
                    format('ALTER TABLE rollup.%I DROP CONSTRAINT %I', v_table.table_name, v_table.key_name),
                    format('TRUNCATE rollup.%I', v_table.table_name)
                ] || coalesce(array_agg(format('DROP INDEX %s', i.indexrelid::regclass)), '{}'),
                format(
                    'ALTER TABLE rollup.%I ADD CONSTRAINT %I PRIMARY KEY (%s)',
                    v_table.table_name, v_table.key_name, v_table.key_list
                ) || coalesce(array_agg(pg_get_indexdef(i.indexrelid)), '{}')
            INTO v_undo, v_redo
            FROM pg_index AS i
            WHERE i.indrelid = format('rollup.%I', v_table.table_name)::regclass AND NOT i.indisprimary;
        END IF;
        FOREACH v_statement IN ARRAY v_undo LOOP
            EXECUTE v_statement;
        END LOOP;
        EXECUTE format(
            'INSERT INTO rollup.%1$I (%2$s) SELECT %2$s FROM pg_temp.recounted ORDER BY %3$s',
            v_table.table_name, v_table.column_list, v_table.key_list
        );
        v_total := v_total + v_rows;
        DROP TABLE pg_temp.recounted;
        FOREACH v_statement IN ARRAY v_redo LOOP
            EXECUTE v_statement;
        END LOOP;
        EXECUTE format('ANALYZE rollup.%I', v_table.table_name);
        IF v_table.next_column IS NOT NULL THEN
            v_total := v_total + rollup.recount_groups(v_table.next_occasion);
        END IF;
    END LOOP;
    RETURN v_total;
END
$$;

REVOKE ALL ON FUNCTION rollup.recount_groups(text) FROM public;
