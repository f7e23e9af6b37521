CREATE VIEW rollup.category_days_recounted AS
WITH

sold AS (
    SELECT
        d.sale_date,
        d.quantity_sold,
        d.total_revenue,
        coalesce(p.category, 'Uncategorized') AS category
    FROM rollup.product_days AS d
    INNER JOIN staging.products AS p ON d.product_id = p.product_id
)

SELECT
    sale_date,
    category COLLATE "C" AS category,
    sum(quantity_sold)::bigint AS quantity_sold,
    sum(total_revenue)::numeric(18, 2) AS total_revenue
FROM sold
GROUP BY sale_date, category COLLATE "C";

COMMENT ON VIEW rollup.category_days_recounted IS
'at refresh: What rollup.category_days must hold, counted from rollup.product_days. One row per day and category ordered.';
