CREATE OR REPLACE PROCEDURE staging.merge_file(p_load_id bigint, p_table text)
LANGUAGE plpgsql
AS $$
DECLARE
    v_refused bigint;
    v_superseded bigint;
    v_written record;
BEGIN
    -- Takes the rows that COPY put into landing.<p_table> to staging.<p_table>: refuses faulty rows and rows without a
    -- parent, sets superseded ones aside, writes what is new or changed, empties the landing table and books every row in
    -- ops.load_file. Parents must be merged first: customers, products, orders, order_items.
    PERFORM landing.trim_values(p_table);
    v_refused := landing.refuse_faulty(p_load_id, p_table);
    EXECUTE format('ANALYZE landing.%I', p_table);
    v_refused := v_refused + landing.refuse_orphans(p_load_id, p_table);
    v_superseded := landing.refuse_superseded(p_load_id, p_table);
    SELECT * INTO v_written FROM landing.upsert(p_load_id, p_table);

    UPDATE ops.load_file
    SET
        rows_refused = v_refused,
        rows_superseded = v_superseded,
        rows_inserted = v_written.inserted_count,
        rows_updated = v_written.updated_count,
        rows_unchanged = v_written.unchanged_count
    WHERE load_id = p_load_id AND table_name = p_table;

    EXECUTE format('TRUNCATE landing.%I', p_table);
    IF v_written.inserted_count + v_written.updated_count > 1000 THEN
        EXECUTE format('ANALYZE staging.%I', p_table);
    END IF;
END
$$;
