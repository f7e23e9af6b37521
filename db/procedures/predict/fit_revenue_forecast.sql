CREATE OR REPLACE PROCEDURE predict.fit_revenue_forecast()
LANGUAGE plpgsql
AS $$
BEGIN
    -- The model revenue_forecast: see predict.update_models(), which calls it.
    CALL predict.backtest_measure('revenue_forecast', 'revenue');
END
$$;

COMMENT ON PROCEDURE predict.fit_revenue_forecast () IS 'What each of the next 90 days is expected to bring.';
