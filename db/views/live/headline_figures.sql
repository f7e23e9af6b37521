CREATE VIEW live.headline_figures AS
WITH

periods (period_name, days) AS (
    VALUES
    ('today', 1),
    ('last 30 days', 30)
),

-- Days whose orders changed since the last publish, by the marks of writers, and by those that an apply took; NULL: any.
changed AS (
    SELECT d.sale_date
    FROM rollup.dirty AS d
    WHERE num_nonnulls(d.customer_id, d.order_id, d.product_id) = 0
    UNION ALL
    SELECT c.sale_date
    FROM rollup.changed AS c
    WHERE c.customer_id IS NULL
),

shown AS MATERIALIZED (
    SELECT
        k.as_of - g.age AS sale_date,
        g.age = 0
        OR k.as_of - g.age IN (
            SELECT c.sale_date
            FROM changed AS c
            WHERE c.sale_date IS NOT NULL
        )
        OR (SELECT bool_or(c.sale_date IS NULL) FROM changed AS c) IS true AS is_counted
    FROM config.clock AS k
    CROSS JOIN generate_series(0, 29) AS g (age)
),

-- These and today are counted from their orders, the others are as the last publish left them. OFFSET keeps the planner from
-- counting every day first.
days AS (
    SELECT
        d.sale_date,
        d.total_orders,
        d.completed_orders,
        d.total_revenue,
        d.guest_orders
    FROM shown AS s
    INNER JOIN rollup.days AS d ON s.sale_date = d.sale_date
    WHERE NOT s.is_counted
    UNION ALL
    SELECT
        h.sale_date,
        h.total_orders,
        h.completed_orders,
        h.total_revenue,
        h.guest_orders
    FROM shown AS s
    INNER JOIN LATERAL (
        SELECT n.*
        FROM rollup.day_hours_recounted AS n
        WHERE n.sale_date = s.sale_date
        OFFSET 0  -- noqa: AM09
    ) AS h ON s.is_counted
),

figures AS (
    SELECT
        p.period_name,
        k.as_of - p.days + 1 AS first_date,
        k.as_of AS last_date,
        coalesce(sum(d.total_orders), 0)::bigint AS total_orders,
        coalesce(sum(d.completed_orders), 0)::bigint AS completed_orders,
        coalesce(sum(d.total_revenue), 0)::numeric(18, 2) AS total_revenue,
        coalesce(sum(d.guest_orders), 0)::bigint AS guest_orders
    FROM periods AS p
    CROSS JOIN config.clock AS k
    LEFT JOIN days AS d ON d.sale_date > k.as_of - p.days
    GROUP BY p.period_name, p.days, k.as_of
)

SELECT
    period_name,
    first_date,
    last_date,
    total_orders,
    completed_orders,
    total_revenue,
    (total_revenue / nullif(completed_orders, 0))::numeric(14, 2) AS avg_order_value,
    guest_orders
FROM figures;

COMMENT ON VIEW live.headline_figures IS
'One row per period, "today" and "last 30 days", as of config.clock.as_of: days that changed since the last publish are '
'counted from their orders when you ask. Not yet audited.';
COMMENT ON COLUMN live.headline_figures.period_name IS 'today: config.clock.as_of. last 30 days: that day and the 29 before it.';
COMMENT ON COLUMN live.headline_figures.first_date IS 'First day of the period.';
COMMENT ON COLUMN live.headline_figures.last_date IS 'Last day of the period.';
COMMENT ON COLUMN live.headline_figures.total_orders IS 'Orders in any status.';
COMMENT ON COLUMN live.headline_figures.completed_orders IS 'Orders that count as revenue.';
COMMENT ON COLUMN live.headline_figures.total_revenue IS 'Sum of total_amount of the completed orders, guests'' too.';
COMMENT ON COLUMN live.headline_figures.avg_order_value IS
'Average order value: total_revenue / completed_orders; NULL without a completed order.';
COMMENT ON COLUMN live.headline_figures.guest_orders IS 'Orders without a customer, in any status.';
