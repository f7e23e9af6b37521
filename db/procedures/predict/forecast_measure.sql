CREATE OR REPLACE PROCEDURE predict.forecast_measure(p_model_name text, p_measure text)
LANGUAGE plpgsql
AS $$
DECLARE
    v_last_day date;
    v_values double precision[];
    v_orders double precision[];
    v_method text := (SELECT m.parameters ->> 'method' FROM predict.model AS m WHERE m.model_name = p_model_name AND m.is_usable);
    v_calibration double precision[];
    v_rows predict.daily_forecast[];
BEGIN
    -- Forecasts a measure for 90 days by the method that its back-test chose, with intervals that the errors of the back-test
    -- give, into predict.daily_forecast. Its rows are replaced when one differs. Beyond the 28 days of the back-test the spread of
    -- the errors goes on growing as it did within them.
    --
    -- p_measure  'revenue' or 'orders'
    IF v_method IS NULL THEN
        RETURN;
    END IF;
    SELECT h.last_day, h.day_values, h.orders
    INTO v_last_day, v_values, v_orders
    FROM predict.daily_history(p_measure) AS h;
    SELECT
        predict.calibrate_intervals(
            array_agg(b.expected),
            array_agg(b.actual),
            array_agg(b.horizon_days),
            array_agg(b.spread),
            predict.local_spread(v_values)
        )
    INTO v_calibration
    FROM predict.daily_backtest AS b
    WHERE b.measure = p_measure AND b.method = v_method AND b.is_open;

    SELECT array_agg(ROW(
        p_measure,
        v_last_day + f.horizon_days,
        f.horizon_days,
        v_method,
        f.expected,
        CASE WHEN f.is_open THEN predict.interval_bound(f.expected, f.horizon_days, v_calibration, 2) ELSE f.expected END,
        CASE WHEN f.is_open THEN predict.interval_bound(f.expected, f.horizon_days, v_calibration, 3) ELSE f.expected END,
        CASE WHEN f.is_open THEN predict.interval_bound(f.expected, f.horizon_days, v_calibration, 1) ELSE f.expected END,
        CASE WHEN f.is_open THEN predict.interval_bound(f.expected, f.horizon_days, v_calibration, 4) ELSE f.expected END,
        v_last_day
    )::predict.daily_forecast)
    INTO v_rows
    FROM predict.forecast_members(v_values, predict.open_weekdays(v_orders), 90) AS f
    WHERE f.method = v_method;

    IF EXISTS (
        SELECT FROM (SELECT d.* FROM predict.daily_forecast AS d WHERE d.measure = p_measure) AS d
        FULL JOIN unnest(v_rows) AS r ON d = r
        WHERE d IS NULL OR r IS NULL
    ) THEN
        DELETE FROM predict.daily_forecast AS d WHERE d.measure = p_measure;
        INSERT INTO predict.daily_forecast
        SELECT r.* FROM unnest(v_rows) AS r;
    END IF;
END
$$;
