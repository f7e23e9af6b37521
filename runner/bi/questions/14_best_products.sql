-- Products that carry the shop
-- Which products bring the first 80 % of revenue, at what margin, and do they still grow?
-- table
SELECT
    p.product_name,
    p.category,
    p.total_revenue,
    p.margin_share,
    p.revenue_growth
FROM bi.product_performance AS p
WHERE p.abc_class = 'A'
ORDER BY p.total_revenue DESC, p.product_id ASC
LIMIT 50;
