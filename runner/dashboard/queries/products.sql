-- One row per product: the 200 with the most revenue, and the 10 best of each of 25 categories.
WITH

ranked AS (
    SELECT
        p.*,
        row_number() OVER (ORDER BY p.total_revenue DESC, p.product_id COLLATE "C") AS place,
        dense_rank() OVER (ORDER BY p.category COLLATE "C") AS category_place
    FROM bi.product_performance AS p
    WHERE p.total_revenue > 0
)

SELECT
    r.product_name,
    r.category,
    r.abc_class,
    r.total_quantity_sold,
    r.total_revenue,
    r.margin_amount,
    r.margin_share,
    r.revenue_90_days,
    r.revenue_growth
FROM ranked AS r
WHERE r.place <= 200 OR (r.category_rank <= 10 AND r.category_place <= 25)
ORDER BY r.place;
