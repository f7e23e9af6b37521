CREATE MATERIALIZED VIEW analytics.daily_category_sales AS
SELECT
    d.category,
    d.sale_date,
    d.quantity_sold,
    d.total_revenue,
    (100 * d.total_revenue / nullif(sum(d.total_revenue) OVER (PARTITION BY d.sale_date), 0))::numeric(7, 4) AS revenue_share,
    NULL::boolean AS no_duplicate_check
FROM rollup.category_days AS d
WHERE d.quantity_sold > 0;

CREATE UNIQUE INDEX daily_category_sales_category_sale_date_key ON analytics.daily_category_sales (category, sale_date);

COMMENT ON MATERIALIZED VIEW analytics.daily_category_sales IS
'One row per category and day on which it was sold, days after config.clock.as_of too.';
COMMENT ON COLUMN analytics.daily_category_sales.category IS
'Key. The category that products have now; Uncategorized for those without one.';
COMMENT ON COLUMN analytics.daily_category_sales.sale_date IS 'Key. Day of the order, in the shop''s time zone.';
COMMENT ON COLUMN analytics.daily_category_sales.quantity_sold IS 'Units in completed orders.';
COMMENT ON COLUMN analytics.daily_category_sales.total_revenue IS 'Sum of the lines in completed orders.';
COMMENT ON COLUMN analytics.daily_category_sales.revenue_share IS
'total_revenue in percent of all categories'' revenue on the day; NULL when nothing was paid.';
COMMENT ON COLUMN analytics.daily_category_sales.no_duplicate_check IS
'Internal: always NULL. A refresh searches the rows that hold no NULL for equal ones, which the key excludes already.';
