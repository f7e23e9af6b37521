WITH days AS (
    SELECT unnest(generate_series(min(order_date)::date, greatest(max(order_date)::date, $as_of), INTERVAL 1 DAY))::date
        AS sale_date
    FROM orders
),
by_category AS (
    SELECT o.order_date::date AS sale_date, coalesce(p.category, 'Uncategorized') AS category, sum(i.total_amount) AS revenue
    FROM order_items AS i JOIN orders AS o USING (order_id) JOIN products AS p USING (product_id)
    WHERE o.status IN ('completed', 'shipped', 'delivered')
    GROUP BY ALL
    HAVING revenue > 0
)
SELECT
    d.sale_date,
    count(o.order_id) AS total_orders,
    count(o.order_id) FILTER (o.status IN ('completed', 'shipped', 'delivered')) AS completed_orders,
    coalesce(sum(o.total_amount) FILTER (o.status IN ('completed', 'shipped', 'delivered')), 0) AS total_revenue,
    count(DISTINCT o.customer_id) FILTER (o.status IN ('completed', 'shipped', 'delivered')) AS unique_customers,
    count(o.order_id) FILTER (o.customer_id IS NULL) AS guest_orders,
    coalesce(sum(o.total_amount) FILTER (o.status IN ('completed', 'shipped', 'delivered') AND o.customer_id IS NULL), 0) AS guest_revenue,
    (
        SELECT c.category FROM by_category AS c WHERE c.sale_date = d.sale_date
        ORDER BY c.revenue DESC, encode(c.category) LIMIT 1
    ) AS top_category
FROM days AS d LEFT JOIN orders AS o ON o.order_date::date = d.sale_date
GROUP BY d.sale_date
ORDER BY d.sale_date
