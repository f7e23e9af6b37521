CREATE OR REPLACE PROCEDURE predict.note_forecast_errors(p_model_name text, p_measure text, p_method text)
LANGUAGE plpgsql
AS $$
BEGIN
    -- Writes the errors of a measure's back-test into predict.backtest: those of the chosen method by their names ('MASE'), and
    -- those of each method ('MASE theta').
    DELETE FROM predict.backtest AS b WHERE b.model_name = p_model_name;
    INSERT INTO predict.backtest (
        model_name, measure, value, compared_with, compared_value, is_better, observations, origins, as_of, finding
    )
    WITH

    errors AS (
        SELECT
            f.*,
            n.mase AS naive_mase,
            n.wape AS naive_wape
        FROM predict.forecast_errors(p_measure) AS f
        INNER JOIN predict.forecast_errors(p_measure) AS n ON n.method = 'seasonal_naive'
    ),

    named AS (
        SELECT
            '' AS suffix,
            e.*
        FROM errors AS e
        WHERE e.method = p_method
        UNION ALL
        SELECT
            ' ' || e.method AS suffix,
            e.*
        FROM errors AS e
    )

    SELECT
        p_model_name,
        m.measure || n.suffix,
        m.value,
        CASE WHEN m.has_rival THEN 'the same weekday of the last known week' END,
        m.naive_value,
        CASE WHEN m.has_rival THEN m.value < m.naive_value END,
        n.observations,
        n.origins,
        k.as_of,
        coalesce(format(m.sentence, replace(n.method, '_', ' '), round(m.shown::numeric, m.digits), n.origins), 'It cannot be told.')
    FROM named AS n
    CROSS JOIN config.clock AS k
    CROSS JOIN LATERAL (
        VALUES
        (
            'MASE', n.mase, n.naive_mase, true, n.mase, 2,
            'The %1$s method errs %2$s times as much over 28 days as the same weekday a week before does over one week (%3$s origins).'
        ),
        (
            'WAPE', n.wape, n.naive_wape, true, 100 * n.wape, 0,
            'A day''s error of the %1$s method is %2$s %% of an average day (%3$s origins of 28 days).'
        ),
        (
            'coverage_80', n.coverage_80, NULL, false, 100 * n.coverage_80, 0,
            'Of 100 days %2$s fell into the 80 %% interval of the %1$s method (%3$s origins of 28 days).'
        ),
        (
            'coverage_95', n.coverage_95, NULL, false, 100 * n.coverage_95, 0,
            'Of 100 days %2$s fell into the 95 %% interval of the %1$s method (%3$s origins of 28 days).'
        )
    ) AS m (measure, value, naive_value, has_rival, shown, digits, sentence);
END
$$;
