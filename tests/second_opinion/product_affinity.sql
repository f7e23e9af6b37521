-- Brute force: every order's set of products against itself.
WITH basket AS (
    SELECT DISTINCT order_id, product_id
    FROM order_items JOIN orders USING (order_id)
    WHERE status IN ('completed', 'shipped', 'delivered')
),
sold AS (SELECT product_id, count(*) AS n FROM basket GROUP BY ALL),
shop AS (SELECT count(*) AS n FROM orders WHERE status IN ('completed', 'shipped', 'delivered'))
SELECT
    a.product_id,
    b.product_id AS other_product_id,
    any_value(p.product_name) AS product_name,
    any_value(coalesce(q.category, 'Uncategorized')) AS other_category,
    count(*) AS completed_orders,
    any_value(s.n) AS product_orders,
    any_value(t.n) AS other_product_orders,
    -- In units of the last digit, rounded half up without a float.
    ((2 * 100000000 * count(*)::hugeint // any_value(shop.n) + 1) // 2)::decimal(18, 0) * 0.000001::decimal(7, 6) AS support,
    ((2 * 1000000 * count(*)::hugeint // any_value(s.n) + 1) // 2)::decimal(12, 0) * 0.0001::decimal(5, 4) AS confidence,
    ((2 * 1000000 * count(*)::hugeint // any_value(t.n) + 1) // 2)::decimal(12, 0) * 0.0001::decimal(5, 4) AS other_confidence,
    ((2 * 10000 * count(*)::hugeint * any_value(shop.n) // (any_value(s.n) * any_value(t.n)) + 1) // 2)::decimal(18, 0)
    * 0.0001::decimal(5, 4) AS lift
FROM basket AS a
JOIN basket AS b USING (order_id)
JOIN sold AS s ON a.product_id = s.product_id
JOIN sold AS t ON b.product_id = t.product_id
JOIN products AS p ON a.product_id = p.product_id
JOIN products AS q ON b.product_id = q.product_id
CROSS JOIN shop
WHERE a.product_id < b.product_id
GROUP BY ALL
HAVING completed_orders >= 10
