-- One row per step along the products by revenue, best first: at most 200 steps, each the last product of its step.
WITH

ranked AS (
    SELECT
        p.product_id,
        p.product_name,
        p.abc_class,
        p.cumulative_share,
        row_number() OVER (ORDER BY p.total_revenue DESC, p.product_id COLLATE "C") AS place,
        count(*) OVER () AS products
    FROM bi.product_performance AS p
    WHERE p.total_revenue > 0
)

SELECT
    r.place AS best_products,
    (100.0 * r.place / r.products)::numeric(6, 2) AS product_share,
    r.cumulative_share,
    r.abc_class,
    r.product_name
FROM ranked AS r
WHERE r.place = r.products OR (r.place * 200 / r.products) <> ((r.place - 1) * 200 / r.products)
ORDER BY r.place;
