CREATE OR REPLACE PROCEDURE predict.test_product_recommendations()
LANGUAGE plpgsql
SET work_mem = '256MB'
SET jit = off
AS $$
DECLARE
    v_test record;
BEGIN
    -- Back-test of recommendations: holds back the last completed order of customers who came back, counts pairs, baskets and best
    -- sellers without these orders, recommends, and looks whether one of the five is among what the customer then bought for the first
    -- time. Customers who bought nothing new can be hit by nothing and do not count. The plain rule: the five best sellers of
    -- the shop that the customer did not have.
    CALL predict.hold_out_last_orders();
    CALL predict.take_neighbours();
    CALL predict.take_best_sellers();

    WITH

    wanted AS MATERIALIZED (
        SELECT
            h.customer_id,
            array_agg(h.product_id) AS product_ids
        FROM predict.held_out AS h
        INNER JOIN rollup.customer_products AS b ON h.customer_id = b.customer_id AND h.product_id = b.product_id
        WHERE b.completed_orders = 1
        GROUP BY h.customer_id
    ),

    compared AS (
        SELECT
            r.product_ids && w.product_ids AS is_hit,
            coalesce(s.product_ids && w.product_ids, false) AS is_plain_hit
        FROM wanted AS w
        INNER JOIN predict.recommend((SELECT array_agg(v.customer_id) FROM wanted AS v)) AS r ON w.customer_id = r.customer_id
        CROSS JOIN LATERAL (
            SELECT array_agg(f.product_id) AS product_ids
            FROM (
                SELECT t.product_id
                FROM predict.best_seller AS t
                WHERE t.country = '' AND NOT EXISTS (
                    SELECT
                    FROM rollup.customer_products AS b
                    WHERE
                        b.customer_id = w.customer_id
                        AND b.product_id = t.product_id
                        AND NOT (b.completed_orders = 1 AND t.product_id = ANY (w.product_ids))
                )
                ORDER BY t.seller_rank
                LIMIT 5
            ) AS f
        ) AS s
    )

    SELECT
        count(*) AS customers,
        100.0 * count(*) FILTER (WHERE c.is_hit) / nullif(count(*), 0) AS hit_rate,
        100.0 * count(*) FILTER (WHERE c.is_plain_hit) / nullif(count(*), 0) AS plain_rate
    INTO STRICT v_test
    FROM compared AS c;

    TRUNCATE predict.held_out;
    INSERT INTO predict.backtest (
        model_name, measure, value, compared_with, compared_value, is_better, observations, as_of, finding
    )
    SELECT
        'product_recommendations',
        'hit_rate',
        v_test.hit_rate,
        'the best sellers of the shop',
        v_test.plain_rate,
        v_test.hit_rate > v_test.plain_rate,
        v_test.customers,
        k.as_of,
        coalesce(
            format(
                'The last order of %s customers who then bought something new: one of the five recommended was in it for %s %% (%s %% by the '
                'plain rule: %s).',
                to_char(v_test.customers, 'FM999,999,999,990'),
                to_char(v_test.hit_rate, 'FM990.0'),
                to_char(v_test.plain_rate, 'FM990.0'),
                'the best sellers of the shop'
            ),
            'Could not be tested: no customer has come back for a new product.'
        )
    FROM config.clock AS k;
END
$$;
