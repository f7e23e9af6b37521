-- One row per category and month. Key: category, sale_month
SELECT
    m.category,
    m.sale_month,
    m.total_orders,
    m.buyers,
    m.units_sold,
    m.total_revenue::numeric(18, 2) AS total_revenue,
    (m.total_revenue - m.total_cost)::numeric(18, 2) AS margin_amount,
    (100 * m.total_revenue / nullif(sum(m.total_revenue) OVER (PARTITION BY m.sale_month), 0))::numeric(5, 2)
        AS revenue_share,
    (100 * (m.total_revenue - lag(m.total_revenue) OVER category) / nullif(lag(m.total_revenue) OVER category, 0))
    ::numeric(18, 2) AS growth
FROM category_months AS m
WINDOW category AS (PARTITION BY m.category ORDER BY m.sale_month)
