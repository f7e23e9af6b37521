-- Revenue by month and the year before
-- Do we grow? The last 24 months; the newest may not be over.
-- bar: sale_month, total_revenue, revenue_year_before
SELECT
    m.sale_month,
    m.total_revenue,
    m.revenue_year_before
FROM bi.monthly_sales AS m
CROSS JOIN bi.data_age AS a
WHERE m.sale_month > a.as_of - interval '24 months' AND a.as_of >= m.sale_month
ORDER BY m.sale_month;
