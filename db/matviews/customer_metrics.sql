CREATE MATERIALIZED VIEW analytics.customer_metrics AS
WITH

tiers AS (
    SELECT
        t.customer_tier,
        t.min_orders,
        lead(t.min_orders) OVER (ORDER BY t.min_orders) AS below_orders
    FROM config.customer_tier AS t
),

value_segments AS (
    SELECT
        v.value_segment,
        v.min_revenue,
        lead(v.min_revenue) OVER (ORDER BY v.min_revenue) AS below_revenue
    FROM config.value_segment AS v
),

statuses AS (
    SELECT
        s.customer_status,
        s.min_days,
        lead(s.min_days) OVER (ORDER BY s.min_days) AS below_days
    FROM config.customer_status AS s
),

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
        coalesce(r.total_revenue, 0) AS total_revenue,
        CASE WHEN r.last_order_date > k.as_of THEN 0 ELSE k.as_of - r.last_order_date END AS days_since_last_order
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
    c.total_revenue::numeric(18, 2) AS total_revenue,
    (c.total_revenue / nullif(c.completed_orders, 0))::numeric(14, 2) AS avg_order_value,
    c.first_order_date,
    c.last_order_date,
    t.customer_tier,
    v.value_segment,
    coalesce(s.customer_status, 'Prospect') AS customer_status,
    c.days_since_last_order
FROM customers AS c
LEFT JOIN tiers AS t
    ON c.completed_orders >= t.min_orders AND (t.below_orders IS NULL OR c.completed_orders < t.below_orders)
LEFT JOIN value_segments AS v
    ON c.total_revenue >= v.min_revenue AND (v.below_revenue IS NULL OR c.total_revenue < v.below_revenue)
LEFT JOIN statuses AS s
    ON c.days_since_last_order >= s.min_days AND (s.below_days IS NULL OR c.days_since_last_order < s.below_days);

CREATE UNIQUE INDEX customer_metrics_customer_id_key ON analytics.customer_metrics (customer_id);

COMMENT ON MATERIALIZED VIEW analytics.customer_metrics IS 'One row per customer, those who never ordered too.';
COMMENT ON COLUMN analytics.customer_metrics.customer_id IS 'Key.';
COMMENT ON COLUMN analytics.customer_metrics.full_name IS 'First and last name; NULL when both are empty.';
COMMENT ON COLUMN analytics.customer_metrics.email IS 'E-mail address.';
COMMENT ON COLUMN analytics.customer_metrics.customer_segment IS 'Segment as the shop''s file gives it.';
COMMENT ON COLUMN analytics.customer_metrics.country IS 'Country as the shop''s file gives it.';
COMMENT ON COLUMN analytics.customer_metrics.registration_date IS 'Day of registration.';
COMMENT ON COLUMN analytics.customer_metrics.total_orders IS 'Orders in any status.';
COMMENT ON COLUMN analytics.customer_metrics.completed_orders IS
'Orders that count as revenue: those whose status config.order_status marks so.';
COMMENT ON COLUMN analytics.customer_metrics.total_revenue IS
'Lifetime value so far: sum of total_amount of the completed orders, in the shop''s currency.';
COMMENT ON COLUMN analytics.customer_metrics.avg_order_value IS
'Average order value: total_revenue / completed_orders; NULL without a completed order.';
COMMENT ON COLUMN analytics.customer_metrics.first_order_date IS 'Day of the first completed order.';
COMMENT ON COLUMN analytics.customer_metrics.last_order_date IS 'Day of the last completed order.';
COMMENT ON COLUMN analytics.customer_metrics.customer_tier IS
'VIP, Loyal, Regular, One-time or Prospect, by completed_orders; limits in config.customer_tier.';
COMMENT ON COLUMN analytics.customer_metrics.value_segment IS
'High, Medium or Low, by total_revenue; limits in config.value_segment.';
COMMENT ON COLUMN analytics.customer_metrics.customer_status IS
'Health: Active, At Risk, Dormant or Lost by days_since_last_order, limits in config.customer_status; Prospect: never bought.';
COMMENT ON COLUMN analytics.customer_metrics.days_since_last_order IS
'Days from last_order_date to config.clock.as_of; 0 for a later order; NULL without a completed order.';
