CREATE VIEW assertions.revenue_not_negative AS
SELECT
    'customer' AS grain,
    c.customer_id AS grain_key,
    c.total_revenue
FROM analytics.customer_metrics AS c
WHERE c.total_revenue < 0
UNION ALL
SELECT
    'product' AS grain,
    p.product_id AS grain_key,
    p.total_revenue
FROM analytics.product_performance AS p
WHERE p.total_revenue < 0
UNION ALL
SELECT
    'day' AS grain,
    d.sale_date::text AS grain_key,
    d.total_revenue
FROM analytics.daily_sales AS d
WHERE d.total_revenue < 0 OR d.guest_revenue < 0;

COMMENT ON VIEW assertions.revenue_not_negative IS
'error: No customer, product or day has negative revenue.';
