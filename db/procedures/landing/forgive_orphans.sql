CREATE OR REPLACE PROCEDURE landing.forgive_orphans(p_load_id bigint, p_unread_tables text[])
LANGUAGE plpgsql
AS $$
BEGIN
    -- In a check of files of which some could not be read, takes back the refusals of rows whose parent may stand in one of those,
    -- or in a row that was refused for such a reason.
    WITH RECURSIVE doubtful AS (
        SELECT u.table_name COLLATE "C" AS table_name
        FROM unnest(p_unread_tables) AS u (table_name)
        UNION
        SELECT c.table_name
        FROM config.input_column AS c
        INNER JOIN doubtful AS d ON c.parent_table = d.table_name
    ),

    forgiven AS (
        DELETE FROM ops.rejected_row AS r
        USING config.input_column AS c INNER JOIN doubtful AS d ON c.parent_table = d.table_name
        WHERE
            r.load_id = p_load_id
            AND r.table_name = c.table_name
            AND r.column_name = c.column_name
            AND r.reason LIKE format('%%" %s%%', landing.orphan_fault('', c.parent_table))
        RETURNING r.table_name
    )

    UPDATE ops.load_file AS f
    SET rows_refused = f.rows_refused - g.row_count
    FROM (SELECT x.table_name, count(*) AS row_count FROM forgiven AS x GROUP BY x.table_name) AS g
    WHERE f.load_id = p_load_id AND f.table_name = g.table_name;
END
$$;
