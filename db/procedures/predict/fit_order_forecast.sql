CREATE OR REPLACE PROCEDURE predict.fit_order_forecast()
LANGUAGE plpgsql
AS $$
BEGIN
    -- The model order_forecast: see predict.update_models(), which calls it.
    CALL predict.backtest_measure('order_forecast', 'orders');
END
$$;

COMMENT ON PROCEDURE predict.fit_order_forecast () IS 'How many completed orders are expected on each of the next 90 days.';
