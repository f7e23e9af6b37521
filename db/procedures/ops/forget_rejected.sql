CREATE OR REPLACE FUNCTION ops.forget_rejected(p_days integer)
RETURNS bigint
LANGUAGE plpgsql
AS $$
DECLARE
    v_deleted bigint;
BEGIN
    -- Deletes rows that loads set aside more than p_days days ago and books how many of each file, so that the rows of files stay
    -- accounted for; returns how many.
    WITH

    forgotten AS (
        DELETE FROM ops.rejected_row AS r
        USING ops.load AS l
        WHERE r.load_id = l.load_id AND l.finished_at < clock_timestamp() - make_interval(days => p_days)
        RETURNING r.load_id, r.table_name
    ),

    counted AS (
        SELECT
            f.load_id,
            f.table_name,
            count(*) AS row_count
        FROM forgotten AS f
        GROUP BY f.load_id, f.table_name
    ),

    booked AS (
        UPDATE ops.load_file AS f
        SET rows_forgotten = f.rows_forgotten + c.row_count
        FROM counted AS c
        WHERE f.load_id = c.load_id AND f.table_name = c.table_name
    )

    SELECT coalesce(sum(c.row_count), 0)
    INTO v_deleted
    FROM counted AS c;
    RETURN v_deleted;
END
$$;
