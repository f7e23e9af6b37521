CREATE OR REPLACE PROCEDURE predict.test_customer_value(p_today date)
LANGUAGE plpgsql
SET work_mem = '256MB'
SET jit = off
AS $$
DECLARE
    v_days integer;
    v_cut date;
    v_found record;
    v_test record;
BEGIN
    -- Back-test of Gamma–Gamma: fits it to what was known config.prediction.holdout_days ago and holds the value of a purchase day that
    -- it expected of each customer known then (Fader & Hardie 2013, equation 5) against the mean of those that came since. The
    -- plain rule: the customer's own mean, or that of all who came back for who had bought once.
    SELECT s.holdout_days INTO STRICT v_days FROM config.prediction AS s;
    v_cut := p_today - v_days;
    DELETE FROM predict.backtest AS b WHERE b.model_name = 'customer_value';
    CALL predict.take_histories(v_cut);
    SELECT e.* INTO STRICT v_found FROM predict.estimate_value() AS e;
    IF v_found.reason IS NOT NULL THEN
        INSERT INTO predict.backtest (model_name, measure, observations, as_of, finding)
        SELECT
            'customer_value',
            'MAE',
            count(*),
            p_today,
            format('Could not be tested on the last %s days. Before them: %s.', v_days, v_found.reason)
        FROM pg_temp.purchase_history AS h;
        RETURN;
    END IF;

    WITH

    came AS (
        SELECT
            d.customer_id,
            avg(d.total_revenue)::double precision AS spent
        FROM rollup.customer_days AS d
        WHERE d.sale_date > v_cut AND d.sale_date <= p_today
        GROUP BY d.customer_id
    ),

    compared AS (
        SELECT
            c.spent,
            f.p * (f.v + h.repeat_revenue) / (f.p * h.repeat_days + f.q - 1) AS expected,
            coalesce(h.repeat_revenue / nullif(h.repeat_days, 0), m.mean_value)::double precision AS carried_on
        FROM pg_temp.purchase_history AS h
        INNER JOIN came AS c ON h.customer_id = c.customer_id
        CROSS JOIN jsonb_to_record(v_found.parameters) AS f (p double precision, q double precision, v double precision)
        CROSS JOIN (
            SELECT avg(p.repeat_revenue / p.repeat_days) AS mean_value
            FROM pg_temp.purchase_history AS p
            WHERE p.repeat_days > 0 AND p.repeat_revenue > 0
        ) AS m
    )

    SELECT
        count(*) AS customers,
        sum(c.spent) AS spent,
        sum(c.expected) AS expected,
        sum(c.carried_on) AS carried_on,
        avg(abs(c.expected - c.spent)) AS error,
        avg(abs(c.carried_on - c.spent)) AS plain_error
    INTO STRICT v_test
    FROM compared AS c;

    CALL predict.note_errors(
        'customer_value', p_today, v_days, v_test.customers, 'value of a purchase day', 'each spends its own average', v_test.spent,
        v_test.expected, v_test.carried_on, v_test.error, v_test.plain_error
    );
END
$$;
