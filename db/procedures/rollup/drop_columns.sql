CREATE OR REPLACE PROCEDURE rollup.drop_columns()
LANGUAGE plpgsql
AS $$
DECLARE
    v_column record;
BEGIN
    -- Drops columns of rollup tables that the view beside the table gives no more. The installer calls it, when the views that read
    -- them were replaced: a migration runs before that.
    FOR v_column IN
        SELECT
            m.table_name,
            t.attname
        FROM rollup.maintained_table AS m
        INNER JOIN pg_attribute AS t
            ON t.attrelid = format('rollup.%I', m.table_name)::regclass AND t.attnum > 0 AND NOT t.attisdropped
        LEFT JOIN pg_attribute AS v ON v.attrelid = format('rollup.%I', m.source_name)::regclass AND t.attname = v.attname
        WHERE v.attname IS NULL
    LOOP
        EXECUTE format('ALTER TABLE rollup.%I DROP COLUMN %I', v_column.table_name, v_column.attname);
    END LOOP;
END
$$;
