CREATE OR REPLACE PROCEDURE predict.note_demand_errors()
LANGUAGE plpgsql
AS $$
BEGIN
    -- Writes the errors of the chosen methods, all classes of demand together, into predict.backtest, beside those of the plain rule.
    INSERT INTO predict.backtest (
        model_name, measure, value, compared_with, compared_value, is_better, observations, origins, as_of, finding
    )
    WITH

    errors AS (
        SELECT
            sqrt(sum(m.observations * m.rmsse * m.rmsse) FILTER (WHERE m.is_chosen) / sum(m.observations) FILTER (WHERE m.is_chosen))
                AS rmsse,
            sqrt(sum(m.observations * m.rmsse * m.rmsse) FILTER (WHERE m.is_plain) / sum(m.observations) FILTER (WHERE m.is_plain))
                AS plain_rmsse,
            sum(m.units_expected) FILTER (WHERE m.is_chosen) AS expected,
            sum(m.units_expected) FILTER (WHERE m.is_plain) AS plain_expected,
            sum(m.units_came) FILTER (WHERE m.is_chosen) AS came,
            sum(m.observations * m.lasted) / sum(m.observations) FILTER (WHERE m.is_chosen) AS lasted,
            sum(m.observations) FILTER (WHERE m.is_chosen) AS observations,
            max(m.origins) AS origins
        FROM predict.demand_method AS m
    )

    SELECT
        'product_demand',
        m.measure,
        m.value,
        m.compared_with,
        m.compared_value,
        m.value < m.compared_value,
        e.observations,
        e.origins,
        k.as_of,
        m.finding
    FROM errors AS e
    CROSS JOIN config.clock AS k
    CROSS JOIN config.inventory AS i
    CROSS JOIN LATERAL (
        VALUES
        (
            'RMSSE',
            e.rmsse,
            'the mean of the last 12 weeks',
            e.plain_rmsse,
            format(
                'Four weeks of a product, %s times: it erred %s times as much as weeks differ from one to the next (%s by the plain rule: '
                'the mean of the last 12 weeks).',
                to_char(e.observations, 'FM999,999,999,990'),
                to_char(e.rmsse, 'FM999,990.00'),
                to_char(e.plain_rmsse, 'FM999,990.00')
            )
        ),
        (
            'total_error',
            100 * abs(e.expected - e.came) / nullif(e.came, 0),
            'the mean of the last 12 weeks',
            100 * abs(e.plain_expected - e.came) / nullif(e.came, 0),
            format(
                'All together: %s units expected and %s came (%s by the plain rule).',
                to_char(e.expected, 'FM999,999,999,990'),
                to_char(e.came, 'FM999,999,999,990'),
                to_char(e.plain_expected, 'FM999,999,999,990')
            )
        ),
        (
            'service_level',
            100 * e.lasted,
            NULL,
            NULL,
            format(
                'Of 100 stocks for four weeks %s would have lasted; %s were meant to.',
                to_char(100 * e.lasted, 'FM990'),
                trim_scale(100 * i.service_level)
            )
        )
    ) AS m (measure, value, compared_with, compared_value, finding)
    WHERE e.observations > 0;
END
$$;
