CREATE OR REPLACE PROCEDURE bi.create_views()
LANGUAGE plpgsql
AS $$
DECLARE
    v_view record;
    v_column record;
BEGIN
    -- Makes one plain view in bi for each materialized view of analytics that has none, with its comments, and lets
    -- pipeline_reader read it. Plain views, because materialized views are missing from information_schema and BI tools do
    -- not list them. The installer calls it after the materialized views are in place.
    FOR v_view IN
        SELECT
            c.oid,
            c.relname,
            obj_description(c.oid, 'pg_class') AS description,
            string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) AS column_list
        FROM pg_catalog.pg_class AS c
        INNER JOIN pg_catalog.pg_attribute AS a ON c.oid = a.attrelid AND a.attnum > 0 AND NOT a.attisdropped
        WHERE
            c.relnamespace = to_regnamespace('analytics')
            AND c.relkind = 'm'
            AND to_regclass(format('bi.%I', c.relname)) IS NULL
        GROUP BY c.oid, c.relname
        ORDER BY c.relname
    LOOP
        EXECUTE format('CREATE VIEW bi.%1$I AS SELECT %2$s FROM analytics.%1$I', v_view.relname, v_view.column_list);
        EXECUTE format('COMMENT ON VIEW bi.%I IS %L', v_view.relname, v_view.description);
        EXECUTE format('GRANT SELECT ON bi.%I TO pipeline_reader', v_view.relname);
        FOR v_column IN
            SELECT a.attname, col_description(a.attrelid, a.attnum) AS description
            FROM pg_catalog.pg_attribute AS a
            WHERE a.attrelid = v_view.oid AND a.attnum > 0 AND NOT a.attisdropped
        LOOP
            EXECUTE format('COMMENT ON COLUMN bi.%I.%I IS %L', v_view.relname, v_column.attname, v_column.description);
        END LOOP;
    END LOOP;
END
$$;
