-- One row per customer health that has customers, the best first; Prospects last.
SELECT
    c.customer_status AS label,
    count(*) AS customers,
    sum(c.total_revenue) AS revenue,
    (100.0 * count(*) / sum(count(*)) OVER ())::numeric(5, 1) AS customer_share
FROM bi.customer_metrics AS c
LEFT JOIN config.customer_status AS s ON c.customer_status = s.customer_status
GROUP BY c.customer_status, s.min_days
ORDER BY s.min_days ASC NULLS LAST;
