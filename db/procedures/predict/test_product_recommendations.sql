CREATE OR REPLACE PROCEDURE predict.test_product_recommendations()
LANGUAGE plpgsql
SET work_mem = '256MB'
SET jit = off
AS $$
DECLARE
    v_customers text[];
    v_test record;
BEGIN
    -- Back-test of recommendations: holds back the last completed order of customers who came back, counts pairs, baskets and best
    -- sellers without these orders, recommends, and looks whether one of the five is among what the customer then bought for the first
    -- time. Customers who bought nothing new can be hit by nothing and do not count. The plain rule: the five best sellers of
    -- the shop that the customer did not have.
    -- Which customers is drawn by a hash of the key, so that the same shop gives the same figure.
    SELECT array_agg(d.customer_id)
    INTO v_customers
    FROM (
        SELECT p.customer_id
        FROM rollup.customer_purchases AS p
        WHERE p.repeat_days > 0
        ORDER BY hashtextextended(p.customer_id, 0), p.customer_id
        LIMIT (SELECT s.test_customers FROM config.recommendation AS s)
    ) AS d;

    TRUNCATE predict.held_out;
    INSERT INTO predict.held_out (customer_id, product_id)
    SELECT DISTINCT
        l.customer_id,
        i.product_id
    FROM (
        SELECT DISTINCT ON (o.customer_id)
            o.customer_id,
            o.order_id
        FROM unnest(v_customers) AS u (customer_id)
        INNER JOIN staging.orders AS o ON u.customer_id COLLATE "C" = o.customer_id
        INNER JOIN config.order_status AS t ON o.status = t.status
        CROSS JOIN config.clock AS k
        WHERE t.is_revenue AND o.order_day <= k.as_of
        ORDER BY o.customer_id, o.order_date DESC, o.order_id DESC
    ) AS l
    INNER JOIN staging.order_items AS i ON l.order_id = i.order_id;
    ANALYZE predict.held_out;
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
