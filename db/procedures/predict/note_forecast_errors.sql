CREATE OR REPLACE PROCEDURE predict.note_forecast_errors(p_model_name text)
LANGUAGE plpgsql
AS $$
BEGIN
    -- Writes the errors of the chosen method of a forecast into predict.backtest, beside those of the seasonal naive method.
    DELETE FROM predict.backtest AS b WHERE b.model_name = p_model_name;
    INSERT INTO predict.backtest (
        model_name, measure, value, compared_with, compared_value, is_better, observations, origins, as_of, finding
    )
    SELECT
        c.model_name,
        m.measure,
        m.value,
        m.compared_with,
        m.compared_value,
        m.value < m.compared_value,
        c.observations,
        c.origins,
        k.as_of,
        coalesce(format(m.sentence, round(m.shown::numeric, m.digits), round(m.compared_shown::numeric, m.digits)), m.unknown)
    FROM predict.forecast_method AS c
    INNER JOIN predict.forecast_method AS n ON c.model_name = n.model_name AND n.method = 'seasonal_naive'
    CROSS JOIN config.clock AS k
    CROSS JOIN LATERAL (
        VALUES
        (
            'MASE', c.mase, 'the same weekday of the last known week', n.mase, c.mase, n.mase, 2,
            'Over 28 days it erred %s times as much as weekdays differ from week to week; repeating the last week, %s times.',
            'Weekdays do not differ from week to week, so that there is nothing to measure errors by.'
        ),
        (
            'WAPE', c.wape, 'the same weekday of the last known week', n.wape, 100 * c.wape, 100 * n.wape, 0,
            'Its error of a day was %s %% of an average day; repeating the last week, %s %%.',
            'Nothing was sold in the back-test.'
        ),
        (
            'coverage_80', c.coverage_80, NULL, NULL, 100 * c.coverage_80, 80, 0,
            'Of 100 days %s came within their %s %% interval.',
            'One origin is not enough to test the intervals.'
        ),
        (
            'coverage_95', c.coverage_95, NULL, NULL, 100 * c.coverage_95, 95, 0,
            'Of 100 days %s came within their %s %% interval.',
            'One origin is not enough to test the intervals.'
        )
    ) AS m (measure, value, compared_with, compared_value, shown, compared_shown, digits, sentence, unknown)
    WHERE c.model_name = p_model_name AND c.is_chosen;
END
$$;
