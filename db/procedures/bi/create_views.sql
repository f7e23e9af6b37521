CREATE OR REPLACE PROCEDURE bi.create_views()
LANGUAGE plpgsql
AS $$
DECLARE
    v_view record;
    v_column record;
BEGIN
    -- Makes one plain view in bi for each materialized view of analytics that has none, with its comments; personal data
    -- is masked for whoever may not see it. Plain views, because materialized views are missing from information_schema and BI
    -- tools do not list them. The installer calls it after the materialized views are in place; when it has just installed other
    -- masks, the views that have some are made anew. A view made by hand under the name of a materialized view takes from it the
    -- comments of the columns that it says nothing of.
    FOR v_view IN
        SELECT
            c.view_name,
            c.view_comment,
            string_agg(
                CASE
                    WHEN p.mask IS NULL THEN quote_ident(c.column_name)
                    ELSE format(
                        'CASE WHEN (SELECT s.is_clear FROM ops.sight AS s) THEN %1$I ELSE %2$s END AS %1$I',
                        c.column_name, format(p.mask, quote_ident(c.column_name))
                    )
                END,
                ', ' ORDER BY c.place
            ) AS column_list
        FROM ops.catalog_column AS c
        LEFT JOIN ops.personal_column AS p ON c.column_name = p.column_name
        GROUP BY c.view_name, c.view_comment
        HAVING
            to_regclass(format('bi.%I', c.view_name)) IS NULL
            OR bool_or(p.mask IS NOT NULL)
            AND EXISTS (
                SELECT FROM ops.installed_object AS i
                WHERE i.object_name = 'ops.personal_column' AND i.installed_at = now()
            )
        ORDER BY c.view_name
    LOOP
        EXECUTE format('CREATE OR REPLACE VIEW bi.%1$I AS SELECT %2$s FROM analytics.%1$I', v_view.view_name, v_view.column_list);
        EXECUTE format('COMMENT ON VIEW bi.%I IS %L', v_view.view_name, v_view.view_comment);
    END LOOP;
    FOR v_column IN
        SELECT
            c.view_name,
            c.column_name,
            c.column_comment
        FROM ops.catalog_column AS c
        INNER JOIN pg_catalog.pg_attribute AS a
            ON to_regclass(format('bi.%I', c.view_name)) = a.attrelid AND c.column_name = a.attname
        WHERE col_description(a.attrelid, a.attnum) IS NULL
    LOOP
        EXECUTE format('COMMENT ON COLUMN bi.%I.%I IS %L', v_column.view_name, v_column.column_name, v_column.column_comment);
    END LOOP;
END
$$;
