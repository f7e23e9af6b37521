-- Scores every product for every active customer, bought or not, then leaves the bought ones out. kind >= 1: what is bought together, then
-- best sellers of the country and of the shop; the back-test may choose the later ones alone.
WITH line AS (
    SELECT DISTINCT order_id, customer_id, product_id, order_date::date AS day
    FROM order_items JOIN orders USING (order_id)
    WHERE status IN ('completed', 'shipped', 'delivered')
),
sold AS (
    SELECT product_id, count(*) AS n, max(day) >= $as_of - 180 AS is_sold FROM line GROUP BY ALL
),
pair AS (
    SELECT a.product_id, b.product_id AS other_product_id, count(*) AS c
    FROM line AS a JOIN line AS b ON a.order_id = b.order_id AND a.product_id <> b.product_id
    GROUP BY ALL
    HAVING c >= 5
),
near AS (
    SELECT
        pair.product_id,
        other_product_id,
        round(pow(c, 2) / ((c + 10) * sqrt(s.n * t.n)), 6)::decimal(7, 6) AS similarity
    FROM pair
    JOIN sold AS s ON s.product_id = pair.product_id
    JOIN sold AS t ON t.product_id = other_product_id
    WHERE t.is_sold
    QUALIFY row_number() OVER (PARTITION BY pair.product_id ORDER BY similarity DESC, other_product_id) <= 5
),
owned AS (SELECT DISTINCT customer_id, product_id FROM line WHERE customer_id IS NOT NULL),
buyer AS (
    SELECT DISTINCT c.customer_id, c.country
    FROM orders AS o JOIN customers AS c USING (customer_id) SEMI JOIN owned USING (customer_id)
    WHERE o.status IN ('completed', 'shipped', 'delivered') AND o.order_date::date BETWEEN $as_of - 89 AND $as_of
),
popular AS (
    SELECT product_id, count(*) AS buyers
    FROM owned JOIN sold USING (product_id) WHERE is_sold GROUP BY ALL
    ORDER BY buyers DESC, product_id LIMIT 50
),
popular_there AS (
    SELECT country, product_id, count(*) AS buyers
    FROM owned JOIN sold USING (product_id) JOIN customers USING (customer_id)
    WHERE is_sold AND country IS NOT NULL GROUP BY ALL HAVING buyers >= 5
),
offer AS (
    SELECT
        b.customer_id,
        n.other_product_id AS product_id,
        1 AS kind,
        sum(n.similarity)::decimal(18, 6) AS worth,
        arg_min(o.product_id, (-n.similarity, o.product_id)) AS because_product_id,
        NULL AS reason
    FROM buyer AS b JOIN owned AS o USING (customer_id) JOIN near AS n USING (product_id)
    GROUP BY ALL
    UNION ALL
    SELECT customer_id, product_id, 2, buyers, NULL, 'best seller in ' || country FROM buyer JOIN popular_there USING (country)
    UNION ALL
    SELECT customer_id, product_id, 3, buyers, NULL, 'best seller in the shop' FROM buyer CROSS JOIN popular
),
once AS (
    SELECT * FROM offer ANTI JOIN owned USING (customer_id, product_id)
    WHERE kind >= 1
    QUALIFY row_number() OVER (PARTITION BY customer_id, product_id ORDER BY kind) = 1
),
ranked AS (
    SELECT
        customer_id,
        row_number() OVER (PARTITION BY customer_id ORDER BY kind, worth DESC, once.product_id) AS place,
        once.product_id,
        coalesce(once.reason, 'bought together with ' || coalesce(p.product_name, because_product_id)) AS reason
    FROM once LEFT JOIN products AS p ON p.product_id = because_product_id
)
SELECT
    customer_id,
    max(product_id) FILTER (place = 1) AS product_id_1,
    max(reason) FILTER (place = 1) AS reason_1,
    max(product_id) FILTER (place = 2) AS product_id_2,
    max(reason) FILTER (place = 2) AS reason_2,
    max(product_id) FILTER (place = 3) AS product_id_3,
    max(reason) FILTER (place = 3) AS reason_3,
    max(product_id) FILTER (place = 4) AS product_id_4,
    max(reason) FILTER (place = 4) AS reason_4,
    max(product_id) FILTER (place = 5) AS product_id_5,
    max(reason) FILTER (place = 5) AS reason_5
FROM buyer LEFT JOIN ranked USING (customer_id)
GROUP BY customer_id
