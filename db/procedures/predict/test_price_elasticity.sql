CREATE OR REPLACE PROCEDURE predict.test_price_elasticity(p_today date)
LANGUAGE plpgsql
SET work_mem = '256MB'
SET jit = off
AS $$
DECLARE
    v_days integer;
    v_test record;
BEGIN
    -- Back-test of elasticities, after predict.take_price_weeks(): finds them without the last config.prediction.holdout_days and holds
    -- what they expect against what came: by how many percent the units of those days differ from those of as many days before, as the
    -- average price paid moved. What the whole shop did is taken off both. The plain rule: the price makes no difference. Products
    -- whose price moved by less than 2 percent tell nothing.
    SELECT s.holdout_days INTO STRICT v_days FROM config.prediction AS s;

    WITH

    halves AS (
        SELECT
            d.product_id,
            sum(d.quantity_sold) FILTER (WHERE d.sale_date > p_today - v_days)::double precision AS units,
            nullif(sum(d.total_revenue) FILTER (WHERE d.sale_date > p_today - v_days), 0)::double precision AS revenue,
            sum(d.quantity_sold) FILTER (WHERE d.sale_date <= p_today - v_days)::double precision AS units_before,
            nullif(sum(d.total_revenue) FILTER (WHERE d.sale_date <= p_today - v_days), 0)::double precision AS revenue_before
        FROM rollup.product_days AS d
        WHERE d.sale_date > p_today - 2 * v_days AND d.sale_date <= p_today AND d.quantity_sold > 0
        GROUP BY d.product_id
    ),

    shop AS (
        SELECT ln(sum(h.units) / sum(h.units_before)) AS change
        FROM halves AS h
    ),

    moves AS (
        SELECT
            ln(h.units / h.units_before) - s.change AS came,
            e.elasticity * ln(h.revenue / h.units * h.units_before / h.revenue_before) AS expected
        FROM halves AS h
        CROSS JOIN shop AS s
        INNER JOIN predict.estimate_elasticities(p_today - v_days) AS e
            ON h.product_id = e.product_id AND e.elasticity IS NOT NULL
        WHERE abs(ln(h.revenue / h.units * h.units_before / h.revenue_before)) >= 0.02
    )

    SELECT
        count(*) AS products,
        100 * avg(abs(m.came - m.expected)) AS error,
        100 * avg(abs(m.came)) AS plain_error
    INTO STRICT v_test
    FROM moves AS m;

    INSERT INTO predict.backtest (
        model_name, measure, value, compared_with, compared_value, is_better, observations, as_of, finding
    )
    SELECT
        'price_elasticity',
        'MAE',
        v_test.error,
        'the price makes no difference',
        v_test.plain_error,
        v_test.error < v_test.plain_error,
        v_test.products,
        p_today,
        coalesce(
            format(
                'The last %s days, %s products whose price moved: the change in units, wrong by %s %% on average (%s %% by the plain rule: %s).',
                v_days,
                to_char(v_test.products, 'FM999,999,999,990'),
                to_char(v_test.error, 'FM999,990.0'),
                to_char(v_test.plain_error, 'FM999,990.0'),
                'the price makes no difference'
            ),
            format('Could not be tested on the last %s days: no price moved then that had moved enough before.', v_days)
        );
END
$$;
