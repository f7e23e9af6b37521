CREATE OR REPLACE PROCEDURE public.refresh_analytics(
    p_as_of date DEFAULT NULL,
    p_full boolean DEFAULT false,
    p_if_due boolean DEFAULT false
)
LANGUAGE plpgsql
AS $$
DECLARE
    v_run_id bigint;
    v_attempt integer := 0;
    v_started_at timestamptz;
    v_changed text[];
    v_rows bigint;
    v_steps jsonb;
    v_results jsonb;
    v_error jsonb;
    v_state text;
    v_message text;
    v_detail text;
    v_hint text;
    v_context text;
    v_application_name text := pg_catalog.current_setting('application_name');
    v_search_path text := pg_catalog.current_setting('search_path');
BEGIN
    -- Brings the analytics up to date: clock, rollups, models, views, assertions; all or nothing, on one snapshot.
    -- p_as_of  day to compute for and to fix the clock at; 'infinity': follow the calendar again; NULL: leave the clock
    -- p_full   recount the rollups from staging, fit every model and refresh every view, changed or not
    -- p_if_due end at once when a run served the present slot already (ops.is_due())
    -- COMMITs, so it must be called outside a transaction block. One run at a time: a second caller logs "skipped" and ends
    -- well. When an assertion of severity error has violating rows (EA001), or anything else fails, every view keeps its last
    -- good rows and the error is raised again after the log is written. Transient errors are tried up to three times.
    COMMIT;
    IF NOT pg_catalog.pg_try_advisory_lock(ops.lock_key('run')) THEN
        CALL ops.skip_run();
        RETURN;
    END IF;
    PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', false);  -- by hand: with a SET clause it cannot COMMIT
    IF p_if_due AND NOT ops.is_due() THEN
        PERFORM ops.unlock('run'), set_config('search_path', v_search_path, false);
        RETURN;
    END IF;
    v_run_id := ops.begin_run();

    LOOP
        v_attempt := v_attempt + 1;
        SELECT '[]'::jsonb, '[]'::jsonb INTO v_steps, v_results;
        v_error := ops.lock_data();
        IF v_error IS NULL THEN
            COMMIT;
            SET TRANSACTION ISOLATION LEVEL REPEATABLE READ;
            BEGIN
                -- Before the snapshot: it would find a table empty that somebody else's TRUNCATE and COPY have just filled.
                LOCK TABLE staging.customers, staging.products, staging.orders, staging.order_items, staging.product_prices,
                staging.inventory IN ACCESS SHARE MODE;
                CALL ops.begin_step('rollups', 1, 2);
                v_started_at := clock_timestamp();
                v_rows := ops.bring_up_to_date(p_as_of, p_full);
                v_steps := v_steps || ops.step_done('rollups', v_rows, v_started_at);

                CALL ops.begin_step('models', 2, 3);
                v_started_at := clock_timestamp();
                v_changed := ops.take_changed_relations();
                v_rows := predict.update_models(v_changed, p_full);
                v_changed := v_changed || ops.take_changed_relations();
                v_steps := v_steps || ops.step_done('models', v_rows, v_started_at);

                v_steps := v_steps || ops.refresh_views(v_changed, p_full);

                CALL ops.begin_step('assertions', jsonb_array_length(v_steps) + 1, jsonb_array_length(v_steps) + 1);
                v_started_at := clock_timestamp();
                SELECT coalesce(jsonb_agg(to_jsonb(a)), '[]')
                INTO v_results
                FROM ops.run_assertions(p_changed => CASE WHEN NOT p_full THEN v_changed END) AS a;
                v_steps := v_steps || ops.step_done('assertions', jsonb_array_length(v_results), v_started_at);
                CALL ops.hold_gate(v_results);
            EXCEPTION
                WHEN query_canceled OR OTHERS THEN
                    GET STACKED DIAGNOSTICS
                        v_state = RETURNED_SQLSTATE, v_message = MESSAGE_TEXT, v_detail = PG_EXCEPTION_DETAIL,
                        v_hint = PG_EXCEPTION_HINT, v_context = PG_EXCEPTION_CONTEXT;
                    v_error := jsonb_build_object(
                        'state', v_state, 'message', v_message, 'detail', v_detail, 'hint', v_hint, 'context', v_context
                    );
            END;
        END IF;
        EXIT WHEN v_error IS NULL OR NOT ops.is_transient(v_error ->> 'state') OR v_attempt = 3;
        COMMIT;
        PERFORM ops.unlock('data'), pg_sleep(0.2 * v_attempt);
    END LOOP;

    PERFORM set_config('application_name', v_application_name, false);
    CALL ops.end_run(v_run_id, v_attempt, v_steps, v_results, v_error);
    COMMIT;
    PERFORM ops.unlock('data'), ops.unlock('run');
    CALL ops.update_alerts('{refresh failed, data stale, assertion warned}');
    PERFORM set_config('search_path', v_search_path, false);
    COMMIT;
    PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
    IF v_error IS NOT NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = v_error ->> 'state',
            MESSAGE = v_error ->> 'message',
            DETAIL = v_error ->> 'detail',
            HINT = coalesce(nullif(v_error ->> 'hint', ''), format('See ops.run, run_id %s.', v_run_id));
    END IF;
END
$$;

COMMENT ON PROCEDURE public.refresh_analytics (date, boolean, boolean) IS 'Brings the analytics up to date, all or nothing.';
