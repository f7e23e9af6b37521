-- One row per period and country; the best 25 of each.
WITH

totals AS (
    SELECT
        p.for_period,
        d.country AS label,
        sum(d.total_revenue) AS total_revenue,
        sum(d.completed_orders) AS completed_orders,
        sum(d.new_customers) AS new_customers
    FROM bi.daily_country_sales AS d
    INNER JOIN bi.kpi_summary AS k ON d.sale_date <= k.as_of
    INNER JOIN (VALUES (7), (30), (90), (365), (0)) AS p (for_period)
        ON p.for_period = 0 OR d.sale_date > k.as_of - p.for_period
    GROUP BY p.for_period, d.country
    HAVING sum(d.total_revenue) > 0
),

ranked AS (
    SELECT
        t.*,
        row_number() OVER (PARTITION BY t.for_period ORDER BY t.total_revenue DESC, t.label COLLATE "C") AS place
    FROM totals AS t
)

SELECT
    r.for_period,
    r.label,
    r.total_revenue,
    r.completed_orders,
    r.new_customers,
    (r.total_revenue / nullif(r.completed_orders, 0))::numeric(18, 2) AS avg_order_value
FROM ranked AS r
WHERE r.place <= 25
ORDER BY r.for_period, r.place;
