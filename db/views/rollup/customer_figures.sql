CREATE VIEW rollup.customer_figures AS
WITH

customers AS (
    SELECT
        c.customer_id,
        nullif(concat_ws(' ', nullif(btrim(c.first_name), ''), nullif(btrim(c.last_name), '')), '') AS full_name,
        c.email,
        c.customer_segment,
        c.country,
        c.registration_date,
        r.first_order_date,
        r.last_order_date,
        coalesce(r.total_orders, 0) AS total_orders,
        coalesce(r.completed_orders, 0) AS completed_orders,
        coalesce(r.total_revenue, 0::numeric(18, 2)) AS total_revenue,
        coalesce(r.orders_30_days, 0) AS orders_30_days,
        coalesce(r.revenue_30_days, 0::numeric(18, 2)) AS revenue_30_days,
        coalesce(r.orders_90_days, 0) AS orders_90_days,
        coalesce(r.revenue_90_days, 0::numeric(18, 2)) AS revenue_90_days,
        coalesce(r.orders_365_days, 0) AS orders_365_days,
        coalesce(r.revenue_365_days, 0::numeric(18, 2)) AS revenue_365_days,
        k.as_of - CASE WHEN r.last_order_date > k.as_of THEN k.as_of ELSE r.last_order_date END AS days_since_last_order
    FROM staging.customers AS c
    CROSS JOIN config.clock AS k
    LEFT JOIN rollup.customers AS r ON c.customer_id = r.customer_id
)

SELECT
    c.customer_id,
    c.full_name,
    c.email,
    c.customer_segment,
    c.country,
    c.registration_date,
    c.total_orders,
    c.completed_orders,
    c.total_revenue,
    (c.total_revenue / nullif(c.completed_orders, 0))::numeric(14, 2) AS avg_order_value,
    c.first_order_date,
    c.last_order_date,
    l.tiers[width_bucket(c.completed_orders, l.tier_limits)] AS customer_tier,
    l.value_segments[width_bucket(c.total_revenue, l.value_limits)] AS value_segment,
    CASE
        WHEN c.last_order_date IS NULL THEN 'Prospect'
        ELSE l.statuses[width_bucket(c.days_since_last_order, l.status_limits)]
    END AS customer_status,
    c.days_since_last_order,
    ((c.last_order_date - c.first_order_date)::numeric / nullif(c.completed_orders - 1, 0))::numeric(8, 2)
        AS avg_days_between_orders,
    c.orders_30_days,
    c.revenue_30_days,
    c.orders_90_days,
    c.revenue_90_days,
    c.orders_365_days,
    c.revenue_365_days
FROM customers AS c
CROSS JOIN rollup.customer_limits AS l;

COMMENT ON VIEW rollup.customer_figures IS
'One row per customer, with orders as the last refresh counted them: what customer_metrics publishes. live.customers: of now.';
