-- One row per country and month. Key: country, sale_month
SELECT
    m.country,
    m.sale_month,
    m.customers,
    m.completed_orders,
    m.total_revenue::numeric(18, 2) AS total_revenue,
    (100 * m.total_revenue / nullif(sum(m.total_revenue) OVER (PARTITION BY m.sale_month), 0))::numeric(5, 2)
        AS revenue_share,
    (m.total_revenue / nullif(m.completed_orders, 0))::numeric(14, 2) AS avg_order_value,
    (100 * (m.total_revenue - lag(m.total_revenue) OVER country) / nullif(lag(m.total_revenue) OVER country, 0))
    ::numeric(18, 2) AS growth
FROM country_months AS m
WINDOW country AS (PARTITION BY m.country ORDER BY m.sale_month)
