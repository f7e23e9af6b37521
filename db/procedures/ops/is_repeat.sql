CREATE OR REPLACE FUNCTION ops.is_repeat(p_load_id bigint, p_table text)
RETURNS boolean
LANGUAGE plpgsql
AS $$
BEGIN
    -- Has an earlier load taken a file of the same bytes?
    RETURN EXISTS (
        SELECT FROM ops.load_file AS f
        INNER JOIN ops.load_file AS e ON f.sha256 = e.sha256 AND f.table_name = e.table_name AND e.load_id < f.load_id
        INNER JOIN ops.load AS l ON e.load_id = l.load_id AND l.status = 'succeeded'
        WHERE f.load_id = p_load_id AND f.table_name = p_table
    );
END
$$;
