-- One row per customer. Key: customer_id
WITH

totals AS (
    SELECT
        o.customer_id,
        count(*) AS total_orders,
        count(*) FILTER (WHERE s.is_revenue) AS completed_orders,
        sum(o.total_amount) FILTER (WHERE s.is_revenue) AS total_revenue,
        min(o.order_day) FILTER (WHERE s.is_revenue) AS first_order_date,
        max(o.order_day) FILTER (WHERE s.is_revenue) AS last_order_date,
        count(*) FILTER (WHERE s.is_revenue AND o.order_day > k.as_of - 30) AS orders_30_days,
        count(*) FILTER (WHERE s.is_revenue AND o.order_day > k.as_of - 90) AS orders_90_days,
        count(*) FILTER (WHERE s.is_revenue AND o.order_day > k.as_of - 365) AS orders_365_days,
        sum(o.total_amount) FILTER (WHERE s.is_revenue AND o.order_day > k.as_of - 30) AS revenue_30_days,
        sum(o.total_amount) FILTER (WHERE s.is_revenue AND o.order_day > k.as_of - 90) AS revenue_90_days,
        sum(o.total_amount) FILTER (WHERE s.is_revenue AND o.order_day > k.as_of - 365) AS revenue_365_days
    FROM orders AS o
    CROSS JOIN clock AS k
    LEFT JOIN order_status AS s ON o.status = s.status
    WHERE o.customer_id IS NOT NULL
    GROUP BY o.customer_id
),

scores AS (
    SELECT
        t.customer_id,
        least(5, 1 + floor(5 * percent_rank() OVER (ORDER BY t.last_order_date)))::integer AS recency_score,
        least(5, 1 + floor(5 * percent_rank() OVER (ORDER BY t.completed_orders)))::integer AS frequency_score,
        least(5, 1 + floor(5 * percent_rank() OVER (ORDER BY t.total_revenue)))::integer AS monetary_score
    FROM totals AS t
    WHERE t.completed_orders > 0
),

category_revenue AS (
    SELECT
        o.customer_id,
        coalesce(p.category, 'Uncategorized') AS category,
        sum(i.total_amount) AS revenue
    FROM orders AS o
    INNER JOIN order_status AS s ON o.status = s.status
    INNER JOIN order_items AS i ON o.order_id = i.order_id
    INNER JOIN products AS p ON i.product_id = p.product_id
    WHERE s.is_revenue AND o.customer_id IS NOT NULL
    GROUP BY o.customer_id, coalesce(p.category, 'Uncategorized')
),

favourites AS (
    SELECT DISTINCT ON (c.customer_id)
        c.customer_id,
        c.category
    FROM category_revenue AS c
    ORDER BY c.customer_id ASC, c.revenue DESC, c.category ASC
)

SELECT
    c.customer_id,
    nullif(concat_ws(' ', nullif(trim(c.first_name), ''), nullif(trim(c.last_name), '')), '') AS full_name,
    c.email,
    c.customer_segment,
    c.country,
    c.registration_date,
    coalesce(t.total_orders, 0) AS total_orders,
    coalesce(t.completed_orders, 0) AS completed_orders,
    coalesce(t.total_revenue, 0)::numeric(18, 2) AS total_revenue,
    (t.total_revenue / nullif(t.completed_orders, 0))::numeric(14, 2) AS avg_order_value,
    t.first_order_date,
    t.last_order_date,
    ((t.last_order_date - t.first_order_date)::numeric / nullif(t.completed_orders - 1, 0))::numeric(9, 1)
        AS avg_days_between_orders,
    coalesce(t.orders_30_days, 0) AS orders_30_days,
    coalesce(t.orders_90_days, 0) AS orders_90_days,
    coalesce(t.orders_365_days, 0) AS orders_365_days,
    coalesce(t.revenue_30_days, 0)::numeric(18, 2) AS revenue_30_days,
    coalesce(t.revenue_90_days, 0)::numeric(18, 2) AS revenue_90_days,
    coalesce(t.revenue_365_days, 0)::numeric(18, 2) AS revenue_365_days,
    CASE
        WHEN t.completed_orders >= 10 THEN 'VIP'
        WHEN t.completed_orders >= 6 THEN 'Loyal'
        WHEN t.completed_orders >= 2 THEN 'Regular'
        WHEN t.completed_orders >= 1 THEN 'One-time'
        ELSE 'Prospect'
    END AS customer_tier,
    CASE WHEN t.total_revenue >= 2500 THEN 'High' WHEN t.total_revenue >= 1000 THEN 'Medium' ELSE 'Low' END
        AS value_segment,
    CASE
        WHEN t.last_order_date IS NULL THEN 'Prospect'
        WHEN t.last_order_date > k.as_of - 91 THEN 'Active'
        WHEN t.last_order_date > k.as_of - 181 THEN 'At Risk'
        WHEN t.last_order_date > k.as_of - 366 THEN 'Dormant'
        ELSE 'Lost'
    END AS customer_status,
    greatest(k.as_of - t.last_order_date, 0) AS days_since_last_order,
    r.recency_score,
    r.frequency_score,
    r.monetary_score,
    CASE
        WHEN r.recency_score >= 4 AND r.frequency_score >= 4 AND r.monetary_score >= 4 THEN 'Champions'
        WHEN r.recency_score >= 3 AND r.frequency_score >= 3 THEN 'Loyal customers'
        WHEN r.recency_score >= 4 AND r.frequency_score <= 1 THEN 'New customers'
        WHEN r.recency_score >= 3 THEN 'Promising'
        WHEN r.frequency_score >= 4 THEN 'Cannot lose'
        WHEN r.frequency_score >= 2 THEN 'Needs attention'
        WHEN r.recency_score IS NOT NULL THEN 'Hibernating'
    END AS rfm_segment,
    f.category AS favourite_category
FROM customers AS c
CROSS JOIN clock AS k
LEFT JOIN totals AS t ON c.customer_id = t.customer_id
LEFT JOIN scores AS r ON c.customer_id = r.customer_id
LEFT JOIN favourites AS f ON c.customer_id = f.customer_id
