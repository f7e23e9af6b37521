-- One row per category, the best ten.
SELECT
    p.category AS label,
    sum(p.total_revenue) AS revenue,
    count(*) AS products,
    (100 * sum(p.total_revenue) / nullif(sum(sum(p.total_revenue)) OVER (), 0))::numeric(5, 1) AS revenue_share
FROM bi.product_performance AS p
GROUP BY p.category
ORDER BY sum(p.total_revenue) DESC, p.category COLLATE "C"
LIMIT 10;
