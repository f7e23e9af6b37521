CREATE VIEW assertions.audited_days_agree AS
WITH

audited AS (
    SELECT
        a.sale_date,
        bool_or(NOT a.is_sample) AS is_changed
    FROM rollup.audited AS a
    WHERE a.sale_date IS NOT NULL
    GROUP BY a.sale_date
),

orders AS (
    SELECT
        count(*) AS total_orders,
        count(*) FILTER (WHERE s.is_revenue) AS completed_orders,
        coalesce(sum(o.total_amount) FILTER (WHERE s.is_revenue), 0) AS total_revenue
    FROM audited AS a
    INNER JOIN staging.orders AS o ON a.sale_date = o.order_day
    LEFT JOIN config.order_status AS s ON o.status = s.status
),

-- Of days drawn at random the refresh has counted the lines again: rollup.draw_audit().
lines AS (
    SELECT
        coalesce(sum(i.quantity), 0) AS quantity_sold,
        coalesce(sum(i.total_amount), 0) AS items_revenue
    FROM audited AS a
    INNER JOIN staging.orders AS o ON a.sale_date = o.order_day
    INNER JOIN config.order_status AS s ON o.status = s.status
    INNER JOIN staging.order_items AS i ON o.order_id = i.order_id
    WHERE a.is_changed AND s.is_revenue
),

published AS (
    SELECT
        coalesce(sum(d.total_orders), 0) AS total_orders,
        coalesce(sum(d.completed_orders), 0) AS completed_orders,
        coalesce(sum(d.total_revenue), 0) AS total_revenue
    FROM audited AS a
    INNER JOIN analytics.daily_sales AS d ON a.sale_date = d.sale_date
),

kept AS (
    SELECT
        coalesce(sum(d.units_sold), 0) AS quantity_sold,
        coalesce(sum(d.items_revenue), 0) AS items_revenue
    FROM audited AS a
    INNER JOIN rollup.item_days AS d ON a.sale_date = d.sale_date
    WHERE a.is_changed
)

SELECT
    o.total_orders AS staging_orders,
    p.total_orders AS published_orders,
    o.completed_orders AS staging_completed_orders,
    p.completed_orders AS published_completed_orders,
    o.total_revenue AS staging_revenue,
    p.total_revenue AS published_revenue,
    l.quantity_sold AS staging_quantity,
    k.quantity_sold AS rollup_quantity,
    l.items_revenue AS staging_items_revenue,
    k.items_revenue AS rollup_items_revenue
FROM orders AS o
CROSS JOIN lines AS l
CROSS JOIN published AS p
CROSS JOIN kept AS k
WHERE
    (o.total_orders, o.completed_orders, o.total_revenue, l.quantity_sold, l.items_revenue)
    <> (p.total_orders, p.completed_orders, p.total_revenue, k.quantity_sold, k.items_revenue);

COMMENT ON VIEW assertions.audited_days_agree IS
'error: Orders and revenue of the days that changed and of some drawn at random, and units of those that changed, are what '
'staging gives, counted again.';
