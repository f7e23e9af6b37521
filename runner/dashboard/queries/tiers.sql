-- One row per customer tier that has customers, the best first.
SELECT
    c.customer_tier AS label,
    count(*) AS customers,
    sum(c.total_revenue) AS revenue,
    (sum(c.total_revenue) / count(*))::numeric(18, 2) AS avg_value
FROM bi.customer_metrics AS c
INNER JOIN config.customer_tier AS t ON c.customer_tier = t.customer_tier
GROUP BY c.customer_tier, t.min_orders
ORDER BY t.min_orders DESC;
