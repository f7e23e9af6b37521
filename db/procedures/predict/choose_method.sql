CREATE OR REPLACE FUNCTION predict.choose_method(p_measure text)
RETURNS text
LANGUAGE plpgsql
AS $$
BEGIN
    -- Chooses the method of a measure by its back-test: the ensemble; but where it erred more than the seasonal naive method, the
    -- one that erred least. So the choice is never worse than the naive one in the back-test.
    RETURN (
        SELECT e.method
        FROM (
            SELECT
                f.method,
                coalesce(f.mase, f.wape, 0) AS error,
                max(coalesce(f.mase, f.wape, 0)) FILTER (WHERE f.method = 'seasonal_naive') OVER () AS naive_error
            FROM predict.forecast_errors(p_measure) AS f
        ) AS e
        WHERE e.error <= e.naive_error
        ORDER BY e.method = 'ensemble' DESC, e.error ASC, e.method COLLATE "C" ASC
        LIMIT 1
    );
END
$$;
