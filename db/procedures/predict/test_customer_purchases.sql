CREATE OR REPLACE PROCEDURE predict.test_customer_purchases(p_today date)
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
    -- Back-test of BG/NBD: fits it to what was known config.prediction.holdout_days ago and holds what it expected of each customer
    -- known then against the days on which they bought since. The plain rule: each goes on at the rate of its repeat days so far.
    SELECT s.holdout_days INTO STRICT v_days FROM config.prediction AS s;
    v_cut := p_today - v_days;
    DELETE FROM predict.backtest AS b WHERE b.model_name = 'customer_purchases';
    CALL predict.take_histories(v_cut);
    SELECT e.* INTO STRICT v_found FROM predict.estimate_purchases() AS e;
    IF v_found.reason IS NOT NULL THEN
        INSERT INTO predict.backtest (model_name, measure, observations, as_of, finding)
        SELECT
            'customer_purchases',
            'MAE',
            count(*),
            p_today,
            format('Could not be tested on the last %s days. Before them: %s.', v_days, v_found.reason)
        FROM pg_temp.purchase_history AS h;
        RETURN;
    END IF;

    WITH

    fit AS MATERIALIZED (
        SELECT f.*
        FROM jsonb_to_record(v_found.parameters) AS f (
            r double precision, alpha double precision, a double precision, b double precision
        )
    ),

    outlook AS MATERIALIZED (
        SELECT
            h.repeat_days,
            h.age_days,
            predict.expected_purchases(f.r, f.alpha, f.a, f.b, h.repeat_days, h.age_days / 7.0, v_days / 7.0) AS expected
        FROM (SELECT DISTINCT p.repeat_days, p.age_days FROM pg_temp.purchase_history AS p) AS h
        CROSS JOIN fit AS f
    ),

    came AS (
        SELECT
            d.customer_id,
            count(*) AS bought
        FROM rollup.customer_days AS d
        WHERE d.sale_date > v_cut AND d.sale_date <= p_today
        GROUP BY d.customer_id
    ),

    compared AS (
        SELECT
            coalesce(c.bought, 0)::double precision AS bought,
            o.expected * predict.p_alive(f.r, f.alpha, f.a, f.b, h.repeat_days, h.last_day / 7.0, h.age_days / 7.0) AS expected,
            coalesce(h.repeat_days * v_days / nullif(h.age_days, 0)::double precision, 0) AS carried_on
        FROM pg_temp.purchase_history AS h
        INNER JOIN outlook AS o ON h.repeat_days = o.repeat_days AND h.age_days = o.age_days
        CROSS JOIN fit AS f
        LEFT JOIN came AS c ON h.customer_id = c.customer_id
    )

    SELECT
        count(*) AS customers,
        sum(c.bought) AS bought,
        sum(c.expected) AS expected,
        sum(c.carried_on) AS carried_on,
        avg(abs(c.expected - c.bought)) AS error,
        avg(abs(c.carried_on - c.bought)) AS plain_error
    INTO STRICT v_test
    FROM compared AS c;

    CALL predict.note_errors(
        'customer_purchases', p_today, v_days, v_test.customers, 'days with a purchase', 'each goes on as before', v_test.bought,
        v_test.expected, v_test.carried_on, v_test.error, v_test.plain_error
    );
END
$$;
