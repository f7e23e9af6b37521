CREATE OR REPLACE PROCEDURE ops.maintain()
LANGUAGE plpgsql
AS $$
DECLARE
    v_deleted bigint;
    v_total jsonb := jsonb '{}';
    v_keep config.retention;
    v_table regclass;
BEGIN
    -- Forgets what is older than config.retention says, and takes statistics of all tables. COMMITs after each part, so it must be
    -- called outside a transaction block. A procedure cannot VACUUM: autovacuum does, or "runner maintain".
    SELECT * INTO STRICT v_keep FROM config.retention;
    v_total := v_total || jsonb_build_object('runs', ops.forget_runs(v_keep.run_days));
    COMMIT;
    v_total := v_total || jsonb_build_object('rejected rows', ops.forget_rejected(v_keep.rejected_row_days));
    COMMIT;

    DELETE FROM ops.alert AS a
    WHERE a.closed_at < clock_timestamp() - make_interval(days => v_keep.alert_days);
    GET DIAGNOSTICS v_deleted = ROW_COUNT;
    v_total := v_total || jsonb_build_object('alerts', v_deleted);
    v_total := v_total || jsonb_build_object('audit', ops.forget_audit());
    COMMIT;

    IF ops.has_cron() THEN
        EXECUTE 'DELETE FROM cron.job_run_details WHERE end_time < clock_timestamp() - make_interval(days => $1)'
        USING v_keep.cron_log_days;
        GET DIAGNOSTICS v_deleted = ROW_COUNT;
        v_total := v_total || jsonb_build_object('cron log', v_deleted);
        COMMIT;
    END IF;

    FOR v_table IN SELECT t.table_id FROM ops.own_table AS t LOOP
        CALL ops.analyze_table(v_table);
        COMMIT;
    END LOOP;
    INSERT INTO ops.audit (kind, object_name, action, new_rows)
    VALUES ('operation', 'ops.maintain()', 'done', v_total);
    COMMIT;
    CALL ops.update_alerts();
END
$$;

COMMENT ON PROCEDURE ops.maintain () IS 'Forgets what is older than config.retention says; takes statistics.';
