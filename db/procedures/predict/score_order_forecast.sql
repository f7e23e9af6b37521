CREATE OR REPLACE PROCEDURE predict.score_order_forecast()
LANGUAGE plpgsql
AS $$
BEGIN
    -- The scores of the model order_forecast: see predict.update_models(), which calls it.
    CALL predict.forecast_measure('order_forecast', 'orders');
END
$$;
