-- One row per pair of products bought together. Key: product_id, other_product_id
WITH

order_products AS (
    SELECT DISTINCT
        i.order_id,
        i.product_id
    FROM order_items AS i
    INNER JOIN orders AS o ON i.order_id = o.order_id
    INNER JOIN order_status AS s ON o.status = s.status
    WHERE s.is_revenue
),

product_orders AS (
    SELECT
        p.product_id,
        count(*) AS orders
    FROM order_products AS p
    GROUP BY p.product_id
),

pairs AS (
    SELECT
        a.product_id,
        b.product_id AS other_product_id,
        count(*) AS orders
    FROM order_products AS a
    INNER JOIN order_products AS b ON a.order_id = b.order_id AND a.product_id < b.product_id
    GROUP BY a.product_id, b.product_id
    HAVING count(*) >= 10
),

sold AS (SELECT count(DISTINCT p.order_id) AS orders FROM order_products AS p)

SELECT
    p.product_id,
    p.other_product_id,
    p.orders,
    (100.0 * p.orders / s.orders)::numeric(9, 5) AS support,
    (100.0 * p.orders / a.orders)::numeric(7, 4) AS confidence,
    (100.0 * p.orders / b.orders)::numeric(7, 4) AS confidence_reverse,
    (1.0 * p.orders * s.orders / (a.orders * b.orders))::numeric(14, 4) AS lift
FROM pairs AS p
INNER JOIN product_orders AS a ON p.product_id = a.product_id
INNER JOIN product_orders AS b ON p.other_product_id = b.product_id
CROSS JOIN sold AS s
