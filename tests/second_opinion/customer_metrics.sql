SELECT
    c.customer_id,
    count(o.order_id) AS total_orders,
    count(o.order_id) FILTER (o.status IN ('completed', 'shipped', 'delivered')) AS completed_orders,
    coalesce(sum(o.total_amount) FILTER (o.status IN ('completed', 'shipped', 'delivered')), 0) AS total_revenue,
    min(o.order_date::date) FILTER (o.status IN ('completed', 'shipped', 'delivered')) AS first_order_date,
    max(o.order_date::date) FILTER (o.status IN ('completed', 'shipped', 'delivered')) AS last_order_date,
    CASE
        WHEN completed_orders >= 10 THEN 'VIP'
        WHEN completed_orders >= 6 THEN 'Loyal'
        WHEN completed_orders >= 2 THEN 'Regular'
        WHEN completed_orders = 1 THEN 'One-time'
        ELSE 'Prospect'
    END AS customer_tier,
    CASE WHEN total_revenue >= 2500 THEN 'High' WHEN total_revenue >= 1000 THEN 'Medium' ELSE 'Low' END AS value_segment,
    CASE WHEN last_order_date > $as_of THEN 0 ELSE date_diff('day', last_order_date, $as_of) END AS days_since_last_order,
    CASE
        WHEN last_order_date IS NULL THEN 'Prospect'
        WHEN days_since_last_order <= 90 THEN 'Active'
        WHEN days_since_last_order <= 180 THEN 'At Risk'
        WHEN days_since_last_order <= 365 THEN 'Dormant'
        ELSE 'Lost'
    END AS customer_status
FROM customers AS c LEFT JOIN orders AS o USING (customer_id)
GROUP BY c.customer_id
ORDER BY c.customer_id
