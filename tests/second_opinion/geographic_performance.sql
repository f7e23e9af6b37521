WITH sold AS (
    SELECT
        coalesce(c.country, 'Unknown') AS country,
        date_trunc('month', o.order_date)::date AS month,
        date_trunc('month', min(o.order_date) OVER (PARTITION BY o.customer_id))::date AS first_month,
        o.customer_id,
        o.total_amount
    FROM orders AS o LEFT JOIN customers AS c USING (customer_id)
    WHERE o.status IN ('completed', 'shipped', 'delivered')
),
edges AS (SELECT min(order_date)::date AS first_day, max(order_date)::date AS last_day FROM orders),
months AS (
    SELECT month, month < (SELECT first_day FROM edges) OR last_day(month) > $as_of AS is_partial
    FROM (
        SELECT DISTINCT date_trunc('month', g.day)::date AS month
        FROM (SELECT unnest(generate_series(first_day, greatest(last_day, $as_of), INTERVAL 1 DAY)) AS day FROM edges) AS g
    )
),
grid AS (
    SELECT
        k.country,
        m.month,
        m.is_partial,
        count(DISTINCT s.customer_id) AS customers,
        count(DISTINCT s.customer_id) FILTER (s.first_month = m.month) AS newcomers,
        count(s.total_amount) AS completed_orders,
        coalesce(sum(s.total_amount), 0) AS revenue,
        coalesce(sum(s.total_amount) FILTER (s.first_month = m.month AND s.customer_id IS NOT NULL), 0) AS new_revenue
    FROM (SELECT DISTINCT country FROM sold) AS k CROSS JOIN months AS m
    LEFT JOIN sold AS s ON s.country = k.country AND s.month = m.month
    GROUP BY ALL
)
SELECT
    g.country,
    g.month AS sale_month,
    g.customers,
    g.newcomers AS new_customers,
    g.completed_orders,
    g.revenue AS total_revenue,
    g.new_revenue AS new_customer_revenue,
    percent(g.revenue, sum(g.revenue) OVER (PARTITION BY g.month)) AS revenue_share,
    cents(g.revenue, g.completed_orders) AS avg_order_value,
    CASE WHEN NOT (g.is_partial OR b.is_partial) THEN percent(g.revenue - b.revenue, b.revenue) END
        AS revenue_month_growth,
    CASE WHEN NOT (g.is_partial OR y.is_partial) THEN percent(g.revenue - y.revenue, y.revenue) END
        AS revenue_year_growth,
    g.is_partial
FROM grid AS g
LEFT JOIN grid AS b ON b.country = g.country AND b.month = g.month - INTERVAL 1 MONTH
LEFT JOIN grid AS y ON y.country = g.country AND y.month = g.month - INTERVAL 12 MONTH
