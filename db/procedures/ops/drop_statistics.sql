CREATE OR REPLACE PROCEDURE ops.drop_statistics(p_table regclass)
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_column record;
BEGIN
    -- Drops the planner's statistics of a relation that has no rows, which ANALYZE leaves as they are. PostgreSQL 18 has a function for
    -- it; before, giving a column the type that it has does so, but not where views read it: that is told.
    FOR v_column IN
        SELECT
            s.schemaname,
            s.tablename,
            s.attname,
            s.inherited,
            format_type(a.atttypid, a.atttypmod) AS type_name,
            CASE WHEN l.oid IS NOT NULL THEN format('COLLATE %s', l.oid::regcollation) END AS collation_name
        FROM pg_catalog.pg_class AS c
        INNER JOIN pg_catalog.pg_attribute AS a ON c.oid = a.attrelid AND NOT a.attisdropped
        INNER JOIN pg_catalog.pg_stats AS s
            ON s.schemaname = c.relnamespace::regnamespace::name AND c.relname = s.tablename AND a.attname = s.attname
        LEFT JOIN pg_catalog.pg_collation AS l ON a.attcollation = l.oid
        WHERE c.oid = p_table
    LOOP
        IF current_setting('server_version_num')::integer >= 180000 THEN
            EXECUTE format(
                'SELECT pg_catalog.pg_clear_attribute_stats(%L, %L, %L, %L)',
                v_column.schemaname, v_column.tablename, v_column.attname, v_column.inherited
            );
            CONTINUE;
        END IF;
        BEGIN
            EXECUTE format(
                'ALTER TABLE %s ALTER COLUMN %I TYPE %s %s', p_table, v_column.attname, v_column.type_name, v_column.collation_name
            );
        EXCEPTION
            WHEN feature_not_supported OR wrong_object_type THEN
                RAISE WARNING '% has no rows, but statistics of its column % stay until it is analyzed with rows',
                    p_table, v_column.attname;
        END;
    END LOOP;
END
$$;
