CREATE VIEW live.hours_today AS
WITH

-- OFFSET keeps the planner from counting every day first.
hours AS MATERIALIZED (
    SELECT h.*
    FROM config.clock AS k
    CROSS JOIN LATERAL (
        SELECT n.*
        FROM rollup.day_hours_recounted AS n
        WHERE n.sale_date = k.as_of
        OFFSET 0  -- noqa: AM09
    ) AS h
)

SELECT
    k.as_of AS sale_date,
    g.order_hour,
    coalesce(h.total_orders, 0) AS total_orders,
    coalesce(h.completed_orders, 0) AS completed_orders,
    coalesce(h.total_revenue, 0)::numeric(18, 2) AS total_revenue
FROM config.clock AS k
CROSS JOIN generate_series(0, 23) AS g (order_hour)
LEFT JOIN hours AS h ON g.order_hour = h.order_hour;

COMMENT ON VIEW live.hours_today IS
'One row per hour of today (config.clock.as_of), counted from its orders when you ask, not yet audited.';
COMMENT ON COLUMN live.hours_today.sale_date IS 'Today.';
COMMENT ON COLUMN live.hours_today.order_hour IS '0 to 23, the shop''s local time.';
COMMENT ON COLUMN live.hours_today.total_orders IS 'Orders in any status.';
COMMENT ON COLUMN live.hours_today.completed_orders IS 'Orders that count as revenue.';
COMMENT ON COLUMN live.hours_today.total_revenue IS 'Sum of total_amount of the completed orders.';
