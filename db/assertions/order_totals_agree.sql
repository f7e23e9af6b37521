CREATE VIEW assertions.order_totals_agree AS
WITH

counted AS (
    SELECT
        count(*) AS total_orders,
        count(*) FILTER (WHERE s.is_revenue) AS completed_orders,
        coalesce(sum(o.total_amount) FILTER (WHERE s.is_revenue), 0) AS total_revenue
    FROM staging.orders AS o
    LEFT JOIN config.order_status AS s ON o.status = s.status
),

by_day AS (
    SELECT
        coalesce(sum(d.total_orders), 0) AS total_orders,
        coalesce(sum(d.completed_orders), 0) AS completed_orders,
        coalesce(sum(d.total_revenue), 0) AS total_revenue
    FROM analytics.daily_sales AS d
),

guests AS (
    SELECT
        coalesce(sum(r.guest_orders), 0) AS total_orders,
        coalesce(sum(r.guest_completed_orders), 0) AS completed_orders,
        coalesce(sum(r.guest_revenue), 0) AS total_revenue
    FROM rollup.days AS r
),

by_customer AS (
    SELECT
        coalesce(sum(c.total_orders), 0) + max(g.total_orders) AS total_orders,
        coalesce(sum(c.completed_orders), 0) + max(g.completed_orders) AS completed_orders,
        coalesce(sum(c.total_revenue), 0) + max(g.total_revenue) AS total_revenue
    FROM guests AS g
    LEFT JOIN analytics.customer_metrics AS c ON true
)

SELECT
    s.total_orders AS staging_orders,
    d.total_orders AS daily_orders,
    c.total_orders AS customer_and_guest_orders,
    s.completed_orders AS staging_completed_orders,
    d.completed_orders AS daily_completed_orders,
    c.completed_orders AS customer_and_guest_completed_orders,
    s.total_revenue AS staging_revenue,
    d.total_revenue AS daily_revenue,
    c.total_revenue AS customer_and_guest_revenue
FROM counted AS s
CROSS JOIN by_day AS d
CROSS JOIN by_customer AS c
WHERE
    (s.total_orders, s.completed_orders, s.total_revenue) <> (d.total_orders, d.completed_orders, d.total_revenue)
    OR (s.total_orders, s.completed_orders, s.total_revenue) <> (c.total_orders, c.completed_orders, c.total_revenue);

COMMENT ON VIEW assertions.order_totals_agree IS
'error: Orders and revenue are the same counted by staging, by day, and by customer plus guests.';
