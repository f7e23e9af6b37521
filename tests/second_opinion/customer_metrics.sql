WITH revenue_orders AS (
    SELECT order_id, customer_id, order_date::date AS day, total_amount, $as_of - order_date::date AS age
    FROM orders
    WHERE status IN ('completed', 'shipped', 'delivered') AND customer_id IS NOT NULL
),
bought AS (
    SELECT
        customer_id,
        count(*) AS n,
        sum(total_amount) AS revenue,
        min(day) AS first_day,
        max(day) AS last_day,
        greatest(min(age), 0) AS age,
        count(*) FILTER (age BETWEEN 0 AND 29) AS n30,
        coalesce(sum(total_amount) FILTER (age BETWEEN 0 AND 29), 0) AS r30,
        count(*) FILTER (age BETWEEN 0 AND 89) AS n90,
        coalesce(sum(total_amount) FILTER (age BETWEEN 0 AND 89), 0) AS r90,
        count(*) FILTER (age BETWEEN 0 AND 364) AS n365,
        coalesce(sum(total_amount) FILTER (age BETWEEN 0 AND 364), 0) AS r365
    FROM revenue_orders GROUP BY customer_id
),
-- rank() counts those who come before, so those who are worse when the worst come first.
places AS (
    SELECT
        customer_id,
        1 + 5 * (rank() OVER (ORDER BY age DESC) - 1) // count(*) OVER () AS r,
        1 + 5 * (rank() OVER (ORDER BY n) - 1) // count(*) OVER () AS f,
        1 + 5 * (rank() OVER (ORDER BY revenue) - 1) // count(*) OVER () AS m
    FROM bought
),
tastes AS (
    SELECT
        o.customer_id,
        coalesce(p.category, 'Uncategorized') AS category,
        row_number() OVER (
            PARTITION BY o.customer_id ORDER BY sum(i.total_amount) DESC, sum(i.quantity) DESC, encode(coalesce(p.category, 'Uncategorized'))
        ) AS place
    FROM revenue_orders AS o JOIN order_items AS i USING (order_id) JOIN products AS p USING (product_id)
    GROUP BY o.customer_id, coalesce(p.category, 'Uncategorized')
),
all_orders AS (SELECT customer_id, count(*) AS n FROM orders GROUP BY customer_id)
SELECT
    c.customer_id,
    coalesce(a.n, 0) AS total_orders,
    coalesce(b.n, 0) AS completed_orders,
    coalesce(b.revenue, 0) AS total_revenue,
    ratio(100 * b.revenue, b.n, 0) * 0.01 AS avg_order_value,
    b.first_day AS first_order_date,
    b.last_day AS last_order_date,
    CASE
        WHEN completed_orders >= 10 THEN 'VIP'
        WHEN completed_orders >= 6 THEN 'Loyal'
        WHEN completed_orders >= 2 THEN 'Regular'
        WHEN completed_orders = 1 THEN 'One-time'
        ELSE 'Prospect'
    END AS customer_tier,
    CASE WHEN coalesce(b.revenue, 0) >= 2500 THEN 'High' WHEN b.revenue >= 1000 THEN 'Medium' ELSE 'Low' END AS value_segment,
    CASE
        WHEN b.age IS NULL THEN 'Prospect'
        WHEN b.age <= 90 THEN 'Active'
        WHEN b.age <= 180 THEN 'At Risk'
        WHEN b.age <= 365 THEN 'Dormant'
        ELSE 'Lost'
    END AS customer_status,
    b.age AS days_since_last_order,
    CASE WHEN b.n > 1 THEN ratio(b.last_day - b.first_day, b.n - 1, 2) END AS avg_days_between_orders,
    coalesce(b.n30, 0) AS orders_30_days,
    coalesce(b.r30, 0) AS revenue_30_days,
    coalesce(b.n90, 0) AS orders_90_days,
    coalesce(b.r90, 0) AS revenue_90_days,
    coalesce(b.n365, 0) AS orders_365_days,
    coalesce(b.r365, 0) AS revenue_365_days,
    q.r AS recency_score,
    q.f AS frequency_score,
    q.m AS monetary_score,
    CASE
        WHEN q.r = 5 THEN ['New Customers', 'Potential Loyalists', 'Potential Loyalists', 'Champions', 'Champions'][v]
        WHEN q.r = 4 THEN ['Promising', 'Potential Loyalists', 'Potential Loyalists', 'Loyal Customers', 'Loyal Customers'][v]
        WHEN q.r = 3 THEN ['About to Sleep', 'About to Sleep', 'Need Attention', 'Loyal Customers', 'Loyal Customers'][v]
        WHEN q.r = 2 THEN ['Hibernating', 'Hibernating', 'At Risk', 'At Risk', 'Can''t Lose Them'][v]
        WHEN q.r = 1 THEN ['Lost', 'Hibernating', 'At Risk', 'At Risk', 'Can''t Lose Them'][v]
    END AS rfm_segment,
    t.category AS favourite_category
FROM customers AS c
LEFT JOIN all_orders AS a USING (customer_id)
LEFT JOIN bought AS b USING (customer_id)
LEFT JOIN (SELECT *, (f + m + 1) // 2 AS v FROM places) AS q USING (customer_id)
LEFT JOIN tastes AS t ON c.customer_id = t.customer_id AND t.place = 1
