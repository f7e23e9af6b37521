-- One row per week. Key: sale_week
WITH

customers_seen AS (
    SELECT
        date_trunc('week', o.order_date)::date AS sale_week,
        count(DISTINCT o.customer_id) AS unique_customers
    FROM orders AS o
    INNER JOIN order_status AS s ON o.status = s.status
    WHERE s.is_revenue
    GROUP BY date_trunc('week', o.order_date)::date
),

periods AS (
    SELECT
        date_trunc('week', d.sale_date::timestamp)::date AS sale_week,
        sum(d.total_orders) AS total_orders,
        sum(d.completed_orders) AS completed_orders,
        sum(d.total_revenue) AS total_revenue,
        sum(d.units_sold) AS units_sold,
        sum(d.new_customers) AS new_customers,
        sum(d.new_customer_revenue) AS new_customer_revenue,
        sum(d.guest_revenue) AS guest_revenue
    FROM daily_sales AS d
    GROUP BY date_trunc('week', d.sale_date::timestamp)::date
)

SELECT
    p.sale_week,
    p.total_orders,
    p.completed_orders,
    p.total_revenue::numeric(18, 2) AS total_revenue,
    (p.total_revenue / nullif(p.completed_orders, 0))::numeric(14, 2) AS avg_order_value,
    p.units_sold,
    coalesce(c.unique_customers, 0) AS unique_customers,
    p.new_customers,
    p.new_customer_revenue::numeric(18, 2) AS new_customer_revenue,
    p.guest_revenue::numeric(18, 2) AS guest_revenue,
    (100 * (p.total_revenue - lag(p.total_revenue) OVER period) / nullif(lag(p.total_revenue) OVER period, 0))
    ::numeric(18, 2) AS growth_week,
    (100 * (p.total_revenue - lag(p.total_revenue, 52) OVER period) / nullif(lag(p.total_revenue, 52) OVER period, 0))
    ::numeric(18, 2) AS growth_year,
    p.sale_week = date_trunc('week', k.as_of::timestamp)::date AS is_partial
FROM periods AS p
CROSS JOIN clock AS k
LEFT JOIN customers_seen AS c ON p.sale_week = c.sale_week
WINDOW period AS (ORDER BY p.sale_week)
