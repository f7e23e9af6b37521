CREATE VIEW rollup.category_days_recounted AS
SELECT
    d.sale_date,
    coalesce(p.category, 'Uncategorized') COLLATE "C" AS category,
    sum(d.quantity_sold)::bigint AS quantity_sold,
    sum(d.total_revenue)::numeric(18, 2) AS total_revenue
FROM rollup.product_days AS d
INNER JOIN staging.products AS p ON d.product_id = p.product_id
GROUP BY d.sale_date, coalesce(p.category, 'Uncategorized') COLLATE "C";

COMMENT ON VIEW rollup.category_days_recounted IS
'at once: What rollup.category_days must hold, counted from rollup.product_days. One row per day and category that was ordered.';
