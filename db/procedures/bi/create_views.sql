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
            c.view_name,
            c.view_comment,
            string_agg(quote_ident(c.column_name), ', ' ORDER BY c.place) AS column_list
        FROM ops.catalog_column AS c
        WHERE to_regclass(format('bi.%I', c.view_name)) IS NULL
        GROUP BY c.view_name, c.view_comment
        ORDER BY c.view_name
    LOOP
        EXECUTE format('CREATE VIEW bi.%1$I AS SELECT %2$s FROM analytics.%1$I', v_view.view_name, v_view.column_list);
        EXECUTE format('COMMENT ON VIEW bi.%I IS %L', v_view.view_name, v_view.view_comment);
        EXECUTE format('GRANT SELECT ON bi.%I TO pipeline_reader', v_view.view_name);
        FOR v_column IN
            SELECT
                c.column_name,
                c.column_comment
            FROM ops.catalog_column AS c
            WHERE c.view_name = v_view.view_name
        LOOP
            EXECUTE format('COMMENT ON COLUMN bi.%I.%I IS %L', v_view.view_name, v_column.column_name, v_column.column_comment);
        END LOOP;
    END LOOP;
END
$$;
