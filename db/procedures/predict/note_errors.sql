CREATE OR REPLACE PROCEDURE predict.note_errors(
    p_model_name text,
    p_today date,
    p_days integer,
    p_observations bigint,
    p_what text,
    p_plain_rule text,
    p_came double precision,
    p_expected double precision,
    p_carried_on double precision,
    p_error double precision,
    p_plain_error double precision
)
LANGUAGE plpgsql
AS $$
BEGIN
    -- Notes the back-test of a model of customers: the mean error a customer (MAE), and by how many percent all together were missed
    -- (total_error), each beside that of the plain rule.
    --
    -- p_what                            what was expected of each customer
    -- p_came, p_expected, p_carried_on  sums of what came, of what the model and of what the plain rule expected
    INSERT INTO predict.backtest (
        model_name, measure, value, compared_with, compared_value, is_better, observations, as_of, finding
    )
    SELECT
        p_model_name,
        m.measure,
        m.value,
        p_plain_rule,
        m.compared_value,
        m.value < m.compared_value,
        p_observations,
        p_today,
        m.finding
    FROM (
        VALUES
        (
            'MAE',
            p_error,
            p_plain_error,
            format(
                'The last %s days, %s customers: %s, wrong by %s a customer on average (%s by the plain rule: %s).',
                p_days,
                to_char(p_observations, 'FM999,999,999,990'),
                p_what,
                to_char(p_error, 'FM999,999,999,990.00'),
                to_char(p_plain_error, 'FM999,999,999,990.00'),
                p_plain_rule
            )
        ),
        (
            'total_error',
            100 * abs(p_expected - p_came) / nullif(p_came, 0),
            100 * abs(p_carried_on - p_came) / nullif(p_came, 0),
            format(
                'The last %s days, all together: %s, %s expected and %s came (%s by the plain rule).',
                p_days,
                p_what,
                to_char(p_expected, 'FM999,999,999,990'),
                to_char(p_came, 'FM999,999,999,990'),
                to_char(p_carried_on, 'FM999,999,999,990')
            )
        )
    ) AS m (measure, value, compared_value, finding)
    WHERE p_observations > 0;
END
$$;
