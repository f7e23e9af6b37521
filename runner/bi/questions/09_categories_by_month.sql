-- Revenue by category and month
-- Which category leads, and which grows or shrinks?
-- line: sale_month, total_revenue; by category
SELECT
    c.sale_month,
    c.category,
    c.total_revenue
FROM bi.category_performance AS c
ORDER BY c.sale_month, c.category;
