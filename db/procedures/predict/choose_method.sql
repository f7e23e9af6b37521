CREATE OR REPLACE FUNCTION predict.choose_method(p_model_name text)
RETURNS text
LANGUAGE plpgsql
AS $$
BEGIN
    -- Chooses the method of a forecast by its back-test, out of predict.forecast_method: the ensemble; but where it erred more
    -- than the seasonal naive method, the one that erred least. So the choice is never worse than the naive one in the back-test.
    RETURN (
        SELECT e.method
        FROM (
            SELECT
                m.method,
                coalesce(m.mase, m.wape, 0) AS error,
                max(coalesce(m.mase, m.wape, 0)) FILTER (WHERE m.method = 'seasonal_naive') OVER () AS naive_error
            FROM predict.forecast_method AS m
            WHERE m.model_name = p_model_name
        ) AS e
        WHERE e.error <= e.naive_error
        ORDER BY e.method = 'ensemble' DESC, e.error ASC, e.method COLLATE "C" ASC
        LIMIT 1
    );
END
$$;
