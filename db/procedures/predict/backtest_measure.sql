CREATE OR REPLACE PROCEDURE predict.backtest_measure(p_model_name text, p_measure text)
LANGUAGE plpgsql
AS $$
DECLARE
    v_last_day date;
    v_values double precision[];
    v_orders double precision[];
    v_days integer;
    v_reason text;
    v_method text;
    v_parameters jsonb;
BEGIN
    -- Back-tests the forecast of a measure when that is due, chooses its method and notes its model.
    --
    -- p_measure  'revenue' or 'orders'
    SELECT h.last_day, h.day_values, h.orders
    INTO v_last_day, v_values, v_orders
    FROM predict.daily_history(p_measure) AS h;
    v_days := cardinality(v_values);
    IF NOT predict.is_due(p_model_name, v_days) THEN
        RETURN;
    END IF;

    SELECT CASE
        WHEN v_days < 56 THEN format('not enough data: 56 whole days are needed, there are %s', v_days)
        WHEN count(*) < 14 THEN format('not enough data: of the last 182 days 14 with sales are needed, there are %s', count(*))
    END
    INTO v_reason
    FROM unnest(v_values) WITH ORDINALITY AS d (value, position)
    WHERE d.value > 0 AND d.position > v_days - 182;
    IF v_reason IS NOT NULL THEN
        CALL predict.note_unusable(p_model_name, v_days, v_reason);
        RETURN;
    END IF;

    DELETE FROM predict.daily_backtest AS b WHERE b.measure = p_measure;
    INSERT INTO predict.daily_backtest (
        measure, method, origin_date, sale_date, horizon_days, is_open, expected, actual, scale, spread
    )
    SELECT
        p_measure,
        b.method,
        v_last_day - v_days + b.known_days,
        v_last_day - v_days + b.known_days + b.horizon_days,
        b.horizon_days,
        b.is_open,
        b.expected,
        b.actual,
        b.scale,
        b.spread
    FROM predict.backtest_days(v_values, v_orders) AS b;
    DELETE FROM predict.forecast_method AS m WHERE m.model_name = p_model_name;
    INSERT INTO predict.forecast_method (
        model_name, method, mase, wape, coverage_80, coverage_95, observations, origins
    )
    SELECT
        p_model_name,
        e.method,
        e.mase,
        e.wape,
        e.coverage_80,
        e.coverage_95,
        e.observations,
        e.origins
    FROM predict.forecast_errors(p_measure) AS e;
    v_method := predict.choose_method(p_model_name);
    UPDATE predict.forecast_method AS m
    SET is_chosen = true
    WHERE m.model_name = p_model_name AND m.method = v_method;

    SELECT jsonb_build_object(
        'method', v_method,
        'chosen_as', CASE
            WHEN v_method = 'ensemble' THEN 'median of four methods'
            ELSE 'best in the back-test, where the median of four methods erred more than repeating the last week'
        END,
        'has_yearly_season', v_days >= 728,
        'closed_weekdays', coalesce(
            jsonb_agg(to_char(v_last_day - o.place::integer + 1, 'FMDay') ORDER BY o.place) FILTER (WHERE NOT o.is_open), '[]'
        )
    )
    INTO v_parameters
    FROM unnest(predict.open_weekdays(v_orders)) WITH ORDINALITY AS o (is_open, place);
    CALL predict.note_model(p_model_name, v_days, v_parameters, NULL, true);
    CALL predict.note_forecast_errors(p_model_name);
END
$$;
