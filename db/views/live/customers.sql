CREATE VIEW live.customers AS
WITH

customers AS (
    SELECT
        c.customer_id,
        c.email,
        c.customer_segment,
        c.country,
        c.registration_date,
        r.first_order_date,
        r.last_order_date,
        nullif(concat_ws(' ', nullif(btrim(c.first_name), ''), nullif(btrim(c.last_name), '')), '') AS full_name,
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
    -- One by one, by their index, however they are asked for: OFFSET keeps the planner from counting everybody first.
    LEFT JOIN LATERAL (
        SELECT n.*
        FROM rollup.customers_recounted AS n
        WHERE n.customer_id = c.customer_id
        OFFSET 0  -- noqa: AM09
    ) AS r ON true
)

SELECT
    c.customer_id,
    CASE
        WHEN (SELECT s.is_clear FROM ops.sight AS s) THEN c.full_name
        ELSE regexp_replace(c.full_name, '(\S)\S*', '\1.', 'g')
    END AS full_name,
    CASE
        WHEN (SELECT s.is_clear FROM ops.sight AS s) THEN c.email
        ELSE
            left(encode(sha256(convert_to((SELECT s.salt FROM ops.sight AS s) || lower(c.email), 'UTF8')), 'hex'), 16)
            || coalesce(substring(c.email FROM '@[^@]*$'), '')
    END AS email,
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

COMMENT ON VIEW live.customers IS
'One row per customer, counted from its orders when you ask, as of config.clock.as_of, not yet audited. Columns as in '
'customer_metrics, masked as in bi. The formulas are those of rollup.customer_figures, over what staging has now.';
