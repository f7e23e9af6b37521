-- Every order with each two of its products, both ways.
WITH basket AS (
    SELECT DISTINCT order_id, product_id
    FROM order_items JOIN orders USING (order_id)
    WHERE status IN ('completed', 'shipped', 'delivered')
),
sold AS (
    SELECT product_id, count(*) AS n, max(order_date::date) >= $as_of - 180 AS is_sold
    FROM basket JOIN orders USING (order_id) GROUP BY ALL
),
pair AS (
    SELECT a.product_id, b.product_id AS other_product_id, count(*) AS c
    FROM basket AS a JOIN basket AS b ON a.order_id = b.order_id AND a.product_id <> b.product_id
    GROUP BY ALL
    HAVING c >= 5
)
SELECT
    product_id,
    row_number() OVER (PARTITION BY product_id ORDER BY similarity DESC, other_product_id)::integer AS recommendation_rank,
    other_product_id,
    p.product_name,
    q.product_name AS other_product_name,
    c AS completed_orders,
    similarity
FROM (
    SELECT pair.*, round(pow(c, 2) / ((c + 10) * sqrt(s.n * t.n)), 6)::decimal(7, 6) AS similarity
    FROM pair
    JOIN sold AS s ON s.product_id = pair.product_id
    JOIN sold AS t ON t.product_id = other_product_id
    WHERE t.is_sold
)
JOIN products AS p USING (product_id)
JOIN products AS q ON q.product_id = other_product_id
QUALIFY recommendation_rank <= 5
