CREATE OR REPLACE PROCEDURE predict.score_revenue_forecast()
LANGUAGE plpgsql
AS $$
BEGIN
    -- The scores of the model revenue_forecast: see predict.update_models(), which calls it.
    CALL predict.forecast_measure('revenue_forecast', 'revenue');
END
$$;
