CREATE VIEW assertions.order_totals_agree AS
WITH

-- Staging is counted for the days that changed and a sample of the others; the rollups and views are summed whole.
audited_days AS (
    SELECT DISTINCT a.sale_date
    FROM rollup.audited AS a
    WHERE a.sale_date IS NOT NULL
),

staging_audited AS (
    SELECT
        count(*) AS total_orders,
        count(*) FILTER (WHERE s.is_revenue) AS completed_orders,
        coalesce(sum(o.total_amount) FILTER (WHERE s.is_revenue), 0) AS total_revenue
    FROM audited_days AS a
    INNER JOIN staging.orders AS o ON a.sale_date = o.order_day
    LEFT JOIN config.order_status AS s ON o.status = s.status
),

daily_audited AS (
    SELECT
        coalesce(sum(d.total_orders), 0) AS total_orders,
        coalesce(sum(d.completed_orders), 0) AS completed_orders,
        coalesce(sum(d.total_revenue), 0) AS total_revenue
    FROM audited_days AS a
    INNER JOIN analytics.daily_sales AS d ON a.sale_date = d.sale_date
),

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
    s.total_orders AS staging_orders_of_audited_days,
    a.total_orders AS daily_orders_of_audited_days,
    d.total_orders AS daily_orders,
    c.total_orders + g.total_orders AS customer_and_guest_orders,
    s.completed_orders AS staging_completed_orders_of_audited_days,
    a.completed_orders AS daily_completed_orders_of_audited_days,
    d.completed_orders AS daily_completed_orders,
    c.completed_orders + g.completed_orders AS customer_and_guest_completed_orders,
    s.total_revenue AS staging_revenue_of_audited_days,
    a.total_revenue AS daily_revenue_of_audited_days,
    d.total_revenue AS daily_revenue,
    c.total_revenue + g.total_revenue AS customer_and_guest_revenue
FROM staging_audited AS s
CROSS JOIN daily_audited AS a
CROSS JOIN by_day AS d
CROSS JOIN by_customer AS c
CROSS JOIN by_guest AS g
WHERE
    (s.total_orders, s.completed_orders, s.total_revenue) <> (a.total_orders, a.completed_orders, a.total_revenue)
    OR (d.total_orders, d.completed_orders, d.total_revenue)
    <> (c.total_orders + g.total_orders, c.completed_orders + g.completed_orders, c.total_revenue + g.total_revenue);

COMMENT ON VIEW assertions.order_totals_agree IS
'error: Orders and revenue are the same by day, by customer plus guests and, on the audited days, in staging.';
