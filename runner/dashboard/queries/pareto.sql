-- One row per category (NULL: all) and step along its products by revenue, best first: at most 200 steps, 50 of one of the 25
-- categories with the most revenue. Each is the last product of its step.
WITH

sold AS (
    SELECT
        p.product_id,
        p.product_name,
        p.category,
        p.abc_class,
        p.total_revenue,
        p.cumulative_share,
        sum(p.total_revenue) OVER (PARTITION BY p.category) AS category_revenue
    FROM bi.product_performance AS p
    WHERE p.total_revenue > 0
),

ranked AS (
    SELECT
        NULL AS for_category,
        s.product_name,
        s.abc_class,
        s.cumulative_share,
        row_number() OVER (ORDER BY s.total_revenue DESC, s.product_id COLLATE "C") AS place,
        count(*) OVER () AS products,
        200 AS steps
    FROM sold AS s
    UNION ALL
    SELECT
        s.category AS for_category,
        s.product_name,
        s.abc_class,
        (100 * sum(s.total_revenue) OVER best / s.category_revenue)::numeric(7, 4) AS cumulative_share,
        row_number() OVER best AS place,
        count(*) OVER (PARTITION BY s.category) AS products,
        50 AS steps
    FROM (
        SELECT
            a.*,
            dense_rank() OVER (ORDER BY a.category_revenue DESC, a.category COLLATE "C") AS category_place
        FROM sold AS a
    ) AS s
    WHERE s.category_place <= 25
    WINDOW best AS (PARTITION BY s.category ORDER BY s.total_revenue DESC, s.product_id COLLATE "C")
)

SELECT
    r.for_category,
    r.place AS best_products,
    (100.0 * r.place / r.products)::numeric(6, 2) AS product_share,
    r.cumulative_share,
    r.abc_class,
    r.product_name
FROM ranked AS r
WHERE r.place = r.products OR (r.place * r.steps / r.products) <> ((r.place - 1) * r.steps / r.products)
ORDER BY r.for_category NULLS FIRST, r.place;
