CREATE OR REPLACE PROCEDURE ops.forget_statistics(p_table regclass)
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_column text;
    v_untargeted text[];
    v_is_empty boolean;
BEGIN
    -- Gathers the planner's statistics of a table or materialized view anew, so that they hold no value that is not there any more.
    -- ANALYZE passes over columns whose statistics target is 0, which is put back afterwards, and over relations without rows, of
    -- which ops.drop_statistics() drops them.
    SELECT coalesce(array_agg(a.attname::text), '{}')
    INTO v_untargeted
    FROM pg_catalog.pg_class AS c
    INNER JOIN pg_catalog.pg_attribute AS a ON c.oid = a.attrelid AND a.attstattarget = 0 AND NOT a.attisdropped
    INNER JOIN pg_catalog.pg_stats AS s
        ON s.schemaname = c.relnamespace::regnamespace::name AND c.relname = s.tablename AND a.attname = s.attname
    WHERE c.oid = p_table;

    FOREACH v_column IN ARRAY v_untargeted LOOP
        EXECUTE format('ALTER TABLE %s ALTER COLUMN %I SET STATISTICS -1', p_table, v_column);
    END LOOP;
    EXECUTE format('ANALYZE %s', p_table);
    FOREACH v_column IN ARRAY v_untargeted LOOP
        EXECUTE format('ALTER TABLE %s ALTER COLUMN %I SET STATISTICS 0', p_table, v_column);
    END LOOP;

    EXECUTE format('SELECT NOT EXISTS (SELECT FROM %s)', p_table) INTO v_is_empty;
    IF v_is_empty THEN
        CALL ops.drop_statistics(p_table);
    END IF;
END
$$;
