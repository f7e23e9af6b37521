CREATE OR REPLACE PROCEDURE ops.check_everything()
LANGUAGE plpgsql
AS $$
DECLARE
    v_started_at timestamptz := clock_timestamp();
    v_table record;
    v_kept bigint;
    v_counted bigint;
    v_differences jsonb := jsonb '[]';
    v_violations jsonb;
BEGIN
    -- Counts every rollup again from staging, whole, and asks every assertion anew: what the random audits of refreshes would find
    -- sooner or later. Publishes nothing and mends nothing. When something was written since the last publish, the assertions are
    -- left to the next refresh, for they compare what is published with it. COMMITs; holds up whoever writes to staging while it
    -- counts. Notes the outcome in ops.full_check; raises EA002 when something differs.
    COMMIT;
    CALL rollup.hold_writers();
    PERFORM rollup.apply_changes();
    PERFORM rollup.apply_deferred();
    FOR v_table IN SELECT m.* FROM rollup.maintained_table AS m ORDER BY m.turn LOOP
        EXECUTE format(
            'SELECT count(*) FILTER (WHERE d.is_kept), count(*) FILTER (WHERE NOT d.is_kept) FROM ('
            'SELECT true AS is_kept, k.* FROM (SELECT %3$s FROM rollup.%1$I EXCEPT SELECT %3$s FROM rollup.%2$I) AS k '
            'UNION ALL '
            'SELECT false, c.* FROM (SELECT %3$s FROM rollup.%2$I EXCEPT SELECT %3$s FROM rollup.%1$I) AS c) AS d',
            v_table.table_name, v_table.source_name, v_table.column_list
        ) INTO v_kept, v_counted;
        IF v_kept + v_counted > 0 THEN
            v_differences := v_differences || jsonb_build_object(
                'table_name', 'rollup.' || v_table.table_name, 'kept_rows', v_kept, 'counted_rows', v_counted
            );
        END IF;
    END LOOP;

    SELECT coalesce(jsonb_agg(jsonb_build_object('assertion_name', a.assertion_name, 'violation_count', a.violation_count)), '[]')
    INTO v_violations
    FROM ops.run_assertions() AS a
    WHERE a.severity = 'error' AND a.violation_count > 0 AND NOT EXISTS (SELECT FROM ops.changed_relation);

    INSERT INTO ops.full_check (started_at, differences, violations)
    VALUES (v_started_at, v_differences, v_violations);
    INSERT INTO ops.audit (kind, object_name, action, new_rows)
    VALUES ('operation', 'ops.check_everything()', 'done', v_differences || v_violations);
    COMMIT;
    CALL ops.update_alerts('{figures drifted}');
    COMMIT;
    IF v_differences <> '[]' OR v_violations <> '[]' THEN
        RAISE EXCEPTION USING
            ERRCODE = 'EA002',
            MESSAGE = 'figures are not what staging gives, or break an assertion',
            DETAIL = (v_differences || v_violations)::text,
            HINT = 'Run: runner refresh --full; then CALL ops.check_everything() again.';
    END IF;
END
$$;

COMMENT ON PROCEDURE ops.check_everything () IS 'Counts everything again from staging and says what differs.';
