CREATE OR REPLACE FUNCTION predict.update_models(p_changed text[], p_full boolean)
RETURNS bigint
LANGUAGE plpgsql
AS $$
DECLARE
    v_started_at timestamptz := clock_timestamp();
    v_routine text;
BEGIN
    -- Fits the models that are due and brings all scores up to date. Returns how many were fitted; NULL when nothing had changed
    -- since the last publish, so that no model need be asked. The audit's own notes do not count: it draws anew each time.
    --
    -- A model X is a procedure predict.fit_X() without parameters, whose comment says what the model tells, and, if scores are
    -- kept in tables, predict.score_X(). Nothing is registered. What they have to keep:
    --   fit_X    counts its observations and returns unless predict.is_due('X', count); then calls predict.note_model(), or
    --            predict.note_unusable() with a reason for people; writes its errors into predict.backtest. Must not COMMIT.
    --   score_X  runs after all fits, at every refresh before which anything changed; writes only what differs from what is there
    --            (a statement that writes no row has views refreshed, too); returns when the model is not usable.
    --   views    show NULL where predict.model.is_usable is false, whatever the tables of scores hold.
    -- An error makes the model unusable, with the error as the reason, and never fails the refresh: see predict.run_guarded().
    --
    -- p_changed  tables that changed since the last publish, from ops.take_changed_relations()
    -- p_full     fit all again
    IF p_full THEN
        UPDATE predict.model SET is_refit_wanted = true;
    ELSIF NOT EXISTS (SELECT FROM unnest(p_changed) AS c (table_name) WHERE c.table_name NOT LIKE 'rollup.audit%') THEN
        RETURN NULL;
    END IF;

    FOR v_routine IN
        SELECT p.proname
        FROM pg_catalog.pg_proc AS p
        WHERE
            p.pronamespace = to_regnamespace('predict')
            AND p.prokind = 'p'
            AND p.pronargs = 0
            AND (p.proname LIKE 'fit\_%' OR p.proname LIKE 'score\_%')
        ORDER BY p.proname COLLATE "C"
    LOOP
        CALL predict.run_guarded(v_routine);
    END LOOP;
    RETURN (SELECT count(*) FROM predict.model AS m WHERE m.fitted_at >= v_started_at);
END
$$;
