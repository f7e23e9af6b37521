CREATE OR REPLACE PROCEDURE ops.note_unknown_statuses(p_load_id bigint, p_table text, p_source text)
LANGUAGE plpgsql
AS $$
DECLARE
    v_column text;
    v_statuses text[];
BEGIN
    -- Books the statuses of the rows in the relation p_source that config.order_status does not know. They load, count as no
    -- revenue, and the assertion order_status_known warns of them.
    SELECT c.column_name
    INTO v_column
    FROM config.input_column AS c
    WHERE c.table_name = p_table AND c.kind = 'status';
    IF NOT FOUND THEN
        RETURN;
    END IF;

    EXECUTE format(
        'SELECT array_agg(l.status ORDER BY l.status) FROM (SELECT DISTINCT %I AS status FROM %s) AS l '
        'LEFT JOIN config.order_status AS k ON l.status = k.status WHERE l.status IS NOT NULL AND k.status IS NULL',
        v_column, p_source
    ) INTO v_statuses;

    UPDATE ops.load_file
    SET unknown_statuses = coalesce(v_statuses, '{}')
    WHERE load_id = p_load_id AND table_name = p_table;
END
$$;
