WITH c AS (FROM customer_metrics),
p AS (
    SELECT coalesce(category, 'Uncategorized') AS category, sum(i.total_amount) AS revenue
    FROM order_items AS i JOIN orders AS o USING (order_id) JOIN products AS q USING (product_id)
    WHERE o.status IN ('completed', 'shipped', 'delivered') GROUP BY ALL HAVING revenue > 0
),
t AS (SELECT list(category ORDER BY revenue DESC, encode(category)) AS names, max(revenue) AS top, sum(revenue) AS total FROM p),
o AS (SELECT count(*) AS n, sum(total_amount) AS revenue FROM orders WHERE status IN ('completed', 'shipped', 'delivered'))
SELECT
    (SELECT revenue FROM o) AS total_revenue,
    (SELECT n FROM o) AS completed_orders,
    (SELECT count(*) FROM c) AS total_customers,
    (SELECT count(*) FROM products) AS total_products,
    round((SELECT revenue / n FROM o), 2)::decimal(14, 2) AS avg_order_value,
    round((SELECT sum(total_revenue) / count(*) FROM c), 2)::decimal(14, 2) AS customer_lifetime_value,
    (SELECT count(*) FROM c WHERE customer_status = 'Active') AS active_customers,
    (SELECT count(*) FROM c WHERE customer_status = 'At Risk') AS at_risk_customers,
    (SELECT sum(total_revenue) FROM c WHERE customer_status = 'At Risk') AS at_risk_revenue,
    (SELECT count(*) FROM c WHERE customer_tier = 'Loyal') AS loyal_customers,
    (SELECT 100 * sum(total_revenue) FILTER (customer_tier = 'Loyal') / sum(total_revenue) FROM c) AS loyal_revenue_share,
    (SELECT avg(total_revenue) FROM c WHERE customer_tier = 'VIP') AS vip_avg_value,
    (SELECT avg(total_revenue) FILTER (customer_tier = 'Loyal') - avg(total_revenue) FILTER (customer_tier = 'Regular') FROM c)
        AS loyal_value_lead,
    (SELECT names[1] FROM t) AS top_category,
    (SELECT top FROM t) AS top_category_revenue,
    (SELECT 100 * top / total FROM t) AS top_category_share,
    (SELECT names[2] FROM t) AS second_category,
    (SELECT names[3] FROM t) AS third_category
