WITH sold AS (
    SELECT
        i.product_id,
        count(DISTINCT i.order_id) AS total_orders,
        coalesce(sum(i.quantity) FILTER (o.status IN ('completed', 'shipped', 'delivered')), 0)::bigint AS total_quantity_sold,
        coalesce(sum(i.total_amount) FILTER (o.status IN ('completed', 'shipped', 'delivered')), 0) AS total_revenue
    FROM order_items AS i JOIN orders AS o USING (order_id)
    GROUP BY ALL
),
all_products AS (
    SELECT
        p.product_id,
        coalesce(p.category, 'Uncategorized') AS category,
        coalesce(s.total_orders, 0) AS total_orders,
        coalesce(s.total_quantity_sold, 0) AS total_quantity_sold,
        coalesce(s.total_revenue, 0) AS total_revenue
    FROM products AS p LEFT JOIN sold AS s USING (product_id)
),
ranked AS (
    -- A product's place is the number of products that sell more.
    SELECT a.*, (SELECT count(*) FROM all_products AS b WHERE b.total_revenue > a.total_revenue) AS place
    FROM all_products AS a
)
SELECT
    product_id,
    category,
    total_orders,
    total_quantity_sold,
    total_revenue,
    CASE
        WHEN total_revenue = 0 THEN 'Low'
        WHEN 10 * place < 2 * (SELECT count(*) FROM products) THEN 'Top'
        WHEN 10 * place < 5 * (SELECT count(*) FROM products) THEN 'Good'
        WHEN 10 * place < 8 * (SELECT count(*) FROM products) THEN 'Average'
        ELSE 'Low'
    END AS performance_category
FROM ranked
ORDER BY product_id
