-- One row per segment and month, the newest 60. days_ago: so long ago the month ended; 0 for the newest twelve, which are
-- always shown.
WITH

months AS (
    SELECT
        m.sale_month,
        m.is_partial,
        row_number() OVER (ORDER BY m.sale_month DESC) AS place,
        k.as_of - (m.sale_month + interval '1 month - 1 day')::date AS days_ago
    FROM bi.monthly_sales AS m
    INNER JOIN bi.kpi_summary AS k ON m.sale_month <= k.as_of
),

sales AS (
    SELECT
        NULL AS for_country,
        NULL AS for_category,
        m.sale_month,
        m.total_revenue,
        m.revenue_year_before,
        m.completed_orders,
        m.avg_order_value,
        m.new_customers,
        m.units_sold
    FROM bi.monthly_sales AS m
    UNION ALL
    SELECT
        g.country AS for_country,
        NULL AS for_category,
        g.sale_month,
        g.total_revenue,
        lag(g.total_revenue, 12) OVER (PARTITION BY g.country ORDER BY g.sale_month) AS revenue_year_before,
        g.completed_orders,
        g.avg_order_value,
        g.new_customers,
        NULL AS units_sold
    FROM bi.geographic_performance AS g
    UNION ALL
    SELECT
        NULL AS for_country,
        c.category AS for_category,
        c.sale_month,
        c.total_revenue,
        lag(c.total_revenue, 12) OVER (PARTITION BY c.category ORDER BY c.sale_month) AS revenue_year_before,
        NULL AS completed_orders,
        NULL AS avg_order_value,
        NULL AS new_customers,
        c.quantity_sold AS units_sold
    FROM bi.category_performance AS c
)

SELECT
    s.for_country,
    s.for_category,
    CASE WHEN m.place <= 12 THEN 0 ELSE greatest(m.days_ago, 0) END AS days_ago,
    s.sale_month,
    m.is_partial,
    s.total_revenue,
    s.revenue_year_before,
    s.completed_orders,
    s.avg_order_value,
    s.new_customers,
    s.units_sold
FROM sales AS s
INNER JOIN months AS m ON s.sale_month = m.sale_month AND m.place <= 60
ORDER BY s.for_country NULLS FIRST, s.for_category NULLS FIRST, s.sale_month;
