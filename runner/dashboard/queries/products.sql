-- One row per product, the ten with the most revenue.
SELECT
    p.product_name AS label,
    p.category,
    p.total_quantity_sold,
    p.total_revenue AS revenue,
    p.profit_margin
FROM bi.product_performance AS p
WHERE p.total_revenue > 0
ORDER BY p.total_revenue DESC, p.product_id COLLATE "C"
LIMIT 10;
