CREATE VIEW bi.product_performance AS
SELECT
    p.product_id,
    p.product_name,
    p.category,
    p.price,
    p.cost,
    p.profit_margin,
    p.total_orders,
    p.total_quantity_sold,
    p.total_revenue,
    p.performance_category,
    p.completed_orders,
    p.buyers,
    p.total_cost,
    p.margin_amount,
    p.margin_share,
    p.revenue_share,
    r.cumulative_share,
    p.abc_class,
    r.category_rank,
    p.revenue_90_days,
    p.previous_revenue_90_days,
    p.revenue_growth,
    p.first_sale_date,
    p.last_sale_date
FROM analytics.product_performance AS p
LEFT JOIN analytics.product_ranks AS r ON p.product_id = r.product_id
-- True of every row. Who counts the rows could else read the index alone: while a refresh exchanges rows on most pages, and until
-- the next VACUUM, that takes ten times as long as reading the table.
WHERE p.total_orders IS NOT NULL;

COMMENT ON VIEW bi.product_performance IS 'One row per product, those never sold too.';
COMMENT ON COLUMN bi.product_performance.cumulative_share IS
'Revenue of the products with as much or more revenue, in percent of all products'' revenue; NULL when nothing was sold.';
COMMENT ON COLUMN bi.product_performance.category_rank IS
'Rank by total_revenue within the category; products of equal revenue have the same.';
