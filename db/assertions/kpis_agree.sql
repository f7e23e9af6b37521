CREATE VIEW assertions.kpis_agree AS
SELECT
    k.total_revenue,
    d.total_revenue AS daily_revenue,
    k.total_customers,
    c.total_customers AS customer_metrics_rows,
    k.total_products,
    p.total_products AS product_performance_rows
FROM analytics.kpi_summary AS k
FULL JOIN (SELECT coalesce(sum(s.total_revenue), 0) AS total_revenue FROM analytics.daily_sales AS s) AS d ON true
FULL JOIN (SELECT count(*) AS total_customers FROM analytics.customer_metrics) AS c ON true
FULL JOIN (SELECT count(*) AS total_products FROM analytics.product_performance) AS p ON true
WHERE
    (k.total_revenue, k.total_customers, k.total_products)
    IS DISTINCT FROM (d.total_revenue, c.total_customers, p.total_products);

COMMENT ON VIEW assertions.kpis_agree IS
'error: The headline figures equal the totals of the views below them.';
