CREATE VIEW assertions.item_totals_agree AS
WITH

by_day AS (
    SELECT
        coalesce(sum(d.units_sold), 0) AS quantity_sold,
        coalesce(sum(d.items_revenue), 0) AS total_revenue
    FROM rollup.item_days AS d
),

by_category AS (
    SELECT
        coalesce(sum(d.quantity_sold), 0) AS quantity_sold,
        coalesce(sum(d.total_revenue), 0) AS total_revenue
    FROM rollup.category_days AS d
),

by_product AS (
    SELECT
        coalesce(sum(p.total_quantity_sold), 0) AS quantity_sold,
        coalesce(sum(p.total_revenue), 0) AS total_revenue
    FROM analytics.product_performance AS p
)

SELECT
    d.quantity_sold AS day_quantity,
    c.quantity_sold AS category_quantity,
    p.quantity_sold AS product_quantity,
    d.total_revenue AS day_revenue,
    c.total_revenue AS category_revenue,
    p.total_revenue AS product_revenue
FROM by_day AS d
CROSS JOIN by_category AS c
CROSS JOIN by_product AS p
WHERE
    (d.quantity_sold, d.total_revenue) <> (c.quantity_sold, c.total_revenue)
    OR (d.quantity_sold, d.total_revenue) <> (p.quantity_sold, p.total_revenue);

COMMENT ON VIEW assertions.item_totals_agree IS
'error: Units and revenue of order lines are the same counted by day, by category and by product.';
