CREATE OR REPLACE PROCEDURE staging.merge_file(p_load_id bigint, p_table text, p_is_bulk boolean, p_has_stand_ins boolean)
LANGUAGE plpgsql
AS $$
DECLARE
    v_source text := format('landing.%I', p_table);
    v_refused bigint := 0;
    v_superseded bigint := 0;
    v_inserted bigint;
    v_updated bigint := 0;
    v_unchanged bigint := 0;
    v_rounded bigint;
BEGIN
    -- Takes the rows that COPY put into landing.<p_table> and landing.unproven_row to staging.<p_table>: refuses faulty rows
    -- and rows without a parent, sets superseded ones aside, writes what is new or changed and books every row in
    -- ops.load_file. p_is_bulk: staging.begin_bulk() has made staging ready for plain inserts. p_has_stand_ins: some lines
    -- were blank or not plain. Parents must be merged first: customers, products, orders, order_items.
    SET LOCAL default_statistics_target = 10;
    IF EXISTS (SELECT FROM landing.unproven_row) THEN
        CALL ops.analyze_table('landing.unproven_row');
    END IF;
    v_refused := landing.refuse_faulty(p_load_id, p_table);
    IF p_has_stand_ins THEN
        CALL landing.drop_stand_ins(p_table);
    END IF;
    v_rounded := landing.accept_unproven(p_table);
    IF p_table = 'customers' THEN
        CALL landing.hide_forgotten();
    ELSIF p_table = 'orders' THEN
        CALL landing.hide_forgotten_buyers();
    END IF;
    CALL ops.analyze_table(v_source::regclass);
    SET LOCAL default_statistics_target = DEFAULT;

    CALL ops.note_unknown_statuses(p_load_id, p_table, v_source);
    v_refused := v_refused + landing.refuse_overflow(p_load_id, p_table) + landing.convert_amounts(p_load_id, p_table);
    IF p_is_bulk OR landing.has_repeated_keys(p_table) THEN
        v_refused := v_refused + landing.refuse_orphans(p_load_id, p_table, v_source);
        v_superseded := landing.refuse_superseded(p_load_id, p_table);
    END IF;

    IF p_is_bulk THEN
        v_inserted := landing.write_all(p_load_id, p_table);
    ELSE
        v_unchanged := landing.find_pending(p_load_id, p_table);
        v_refused := v_refused + landing.refuse_orphans(p_load_id, p_table, 'pg_temp.pending_row');
        SELECT w.inserted_count, w.updated_count
        INTO v_inserted, v_updated
        FROM landing.write_pending(p_load_id, p_table) AS w;
        IF v_inserted + v_updated > 50000 THEN
            CALL ops.analyze_table(format('staging.%I', p_table)::regclass);
        END IF;
    END IF;

    UPDATE ops.load_file
    SET
        rows_refused = v_refused,
        rows_superseded = v_superseded,
        rows_inserted = v_inserted,
        rows_updated = v_updated,
        rows_unchanged = v_unchanged,
        rows_rounded = v_rounded,
        is_repeat = ops.is_repeat(p_load_id, p_table)
    WHERE load_id = p_load_id AND table_name = p_table;
END
$$;
