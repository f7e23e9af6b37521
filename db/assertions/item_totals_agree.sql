CREATE VIEW assertions.item_totals_agree AS
WITH

-- Staging is counted for the days that changed and a sample of the others; the rollups and views are summed whole.
audited_days AS (
    SELECT DISTINCT a.sale_date
    FROM rollup.audited AS a
    WHERE a.sale_date IS NOT NULL
),

staging_audited AS (
    SELECT
        coalesce(sum(i.quantity), 0) AS quantity_sold,
        coalesce(sum(i.total_amount), 0) AS total_revenue
    FROM audited_days AS a
    INNER JOIN staging.orders AS o ON a.sale_date = o.order_day
    INNER JOIN config.order_status AS s ON o.status = s.status
    INNER JOIN staging.order_items AS i ON o.order_id = i.order_id
    WHERE s.is_revenue
),

rollup_audited AS (
    SELECT
        coalesce(sum(d.units_sold), 0) AS quantity_sold,
        coalesce(sum(d.items_revenue), 0) AS total_revenue
    FROM audited_days AS a
    INNER JOIN rollup.item_days AS d ON a.sale_date = d.sale_date
),

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
    s.quantity_sold AS staging_quantity_of_audited_days,
    r.quantity_sold AS rollup_quantity_of_audited_days,
    d.quantity_sold AS day_quantity,
    c.quantity_sold AS category_quantity,
    p.quantity_sold AS product_quantity,
    s.total_revenue AS staging_revenue_of_audited_days,
    r.total_revenue AS rollup_revenue_of_audited_days,
    d.total_revenue AS day_revenue,
    c.total_revenue AS category_revenue,
    p.total_revenue AS product_revenue
FROM staging_audited AS s
CROSS JOIN rollup_audited AS r
CROSS JOIN by_day AS d
CROSS JOIN by_category AS c
CROSS JOIN by_product AS p
WHERE
    (s.quantity_sold, s.total_revenue) <> (r.quantity_sold, r.total_revenue)
    OR (d.quantity_sold, d.total_revenue) <> (c.quantity_sold, c.total_revenue)
    OR (d.quantity_sold, d.total_revenue) <> (p.quantity_sold, p.total_revenue);

COMMENT ON VIEW assertions.item_totals_agree IS
'error: Units and revenue of order lines are the same by product, by category, by day and, on the audited days, in staging.';
