CREATE VIEW assertions.item_totals_agree AS
WITH

counted AS (
    SELECT
        coalesce(sum(i.quantity), 0) AS quantity_sold,
        coalesce(sum(i.total_amount), 0) AS total_revenue
    FROM staging.order_items AS i
    INNER JOIN staging.orders AS o ON i.order_id = o.order_id
    INNER JOIN config.order_status AS s ON o.status = s.status
    WHERE s.is_revenue
),

by_product AS (
    SELECT
        coalesce(sum(p.total_quantity_sold), 0) AS quantity_sold,
        coalesce(sum(p.total_revenue), 0) AS total_revenue
    FROM analytics.product_performance AS p
),

by_product_day AS (
    SELECT
        coalesce(sum(d.quantity_sold), 0) AS quantity_sold,
        coalesce(sum(d.total_revenue), 0) AS total_revenue
    FROM rollup.product_days AS d
)

SELECT
    s.quantity_sold AS staging_quantity,
    p.quantity_sold AS product_quantity,
    d.quantity_sold AS product_day_quantity,
    s.total_revenue AS staging_revenue,
    p.total_revenue AS product_revenue,
    d.total_revenue AS product_day_revenue
FROM counted AS s
CROSS JOIN by_product AS p
CROSS JOIN by_product_day AS d
WHERE
    (s.quantity_sold, s.total_revenue) <> (p.quantity_sold, p.total_revenue)
    OR (s.quantity_sold, s.total_revenue) <> (d.quantity_sold, d.total_revenue);

COMMENT ON VIEW assertions.item_totals_agree IS
'error: Units and revenue of order lines are the same counted by staging, by product and by product day.';
