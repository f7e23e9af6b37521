CREATE VIEW assertions.order_totals_agree AS
WITH

by_day AS (
    SELECT
        coalesce(sum(d.total_orders), 0) AS total_orders,
        coalesce(sum(d.completed_orders), 0) AS completed_orders,
        coalesce(sum(d.total_revenue), 0) AS total_revenue
    FROM analytics.daily_sales AS d
),

by_customer AS (
    SELECT
        coalesce(sum(c.total_orders), 0) AS total_orders,
        coalesce(sum(c.completed_orders), 0) AS completed_orders,
        coalesce(sum(c.total_revenue), 0) AS total_revenue
    FROM analytics.customer_metrics AS c
),

by_guest AS (
    SELECT
        coalesce(sum(r.guest_orders), 0) AS total_orders,
        coalesce(sum(r.guest_completed_orders), 0) AS completed_orders,
        coalesce(sum(r.guest_revenue), 0) AS total_revenue
    FROM rollup.days AS r
)

SELECT
    d.total_orders AS daily_orders,
    c.total_orders + g.total_orders AS customer_and_guest_orders,
    d.completed_orders AS daily_completed_orders,
    c.completed_orders + g.completed_orders AS customer_and_guest_completed_orders,
    d.total_revenue AS daily_revenue,
    c.total_revenue + g.total_revenue AS customer_and_guest_revenue
FROM by_day AS d
CROSS JOIN by_customer AS c
CROSS JOIN by_guest AS g
WHERE
    (d.total_orders, d.completed_orders, d.total_revenue)
    <> (c.total_orders + g.total_orders, c.completed_orders + g.completed_orders, c.total_revenue + g.total_revenue);

COMMENT ON VIEW assertions.order_totals_agree IS
'error: Orders and revenue are the same counted by day and by customer plus guests.';
