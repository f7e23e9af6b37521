-- Observation by observation: every day or hour beside its level, then means and variances by the engine's own functions.
WITH days AS (SELECT sale_date AS day, total_revenue::double AS revenue, completed_orders FROM daily_sales WHERE sale_date <= $as_of),
hours AS (
    SELECT d.day, h.hour, count(o.order_id) AS orders, coalesce(sum(o.total_amount), 0)::double AS revenue
    FROM days AS d CROSS JOIN (SELECT unnest(range(24)) AS hour) AS h
    LEFT JOIN orders AS o
        ON o.order_date::date = d.day AND hour(o.order_date) = h.hour AND o.status IN ('completed', 'shipped', 'delivered')
    GROUP BY ALL
),
seen AS (
    SELECT 'weekday' AS pattern, isodow(d.day) AS place, d.completed_orders AS orders, d.revenue, avg(e.revenue) AS level
    FROM days AS d JOIN days AS e ON abs(e.day - d.day) <= 3
    GROUP BY d.day, d.completed_orders, d.revenue HAVING count(*) = 7
    UNION ALL
    SELECT 'month', month(d.day), d.completed_orders, d.revenue, avg(e.revenue)
    FROM days AS d JOIN days AS e ON abs(e.day - d.day) <= 182
    GROUP BY d.day, d.completed_orders, d.revenue HAVING count(*) = 365
    UNION ALL
    SELECT 'hour', h.hour, h.orders, h.revenue, d.revenue / 24
    FROM hours AS h JOIN days AS d USING (day)
    WHERE EXISTS (FROM orders WHERE hour(order_date) > 0 AND status IN ('completed', 'shipped', 'delivered'))
),
places AS (
    SELECT 'weekday' AS pattern, unnest(range(1, 8)) AS place
    UNION ALL SELECT 'month', unnest(range(1, 13))
    UNION ALL SELECT 'hour', unnest(range(24))
),
heights AS (
    SELECT p.pattern, p.place, count(s.level) AS n, sum(s.orders) AS orders, sum(s.revenue) AS revenue,
        sum(s.revenue) / sum(s.level) AS height
    FROM places AS p LEFT JOIN (FROM seen WHERE level > 0) AS s USING (pattern, place)
    GROUP BY ALL
),
factors AS (
    SELECT *, CASE WHEN min(n) OVER (PARTITION BY pattern) > 0 THEN height / avg(height) OVER (PARTITION BY pattern) END AS factor
    FROM heights
),
strengths AS (
    SELECT s.pattern, var_pop(s.revenue / s.level) AS whole, var_pop(s.revenue / s.level - f.factor) AS rest
    FROM seen AS s JOIN factors AS f USING (pattern, place)
    WHERE s.level > 0 AND f.factor IS NOT NULL
    GROUP BY ALL
)
SELECT
    f.pattern,
    f.place,
    CASE f.pattern
        WHEN 'weekday' THEN ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'][f.place]
        WHEN 'month' THEN monthname(make_date(2000, f.place, 1))
        ELSE printf('%02d:00', f.place)
    END AS label,
    f.n AS observations,
    cents(f.orders, f.n) AS avg_orders,
    cents(f.revenue, f.n) AS avg_revenue,
    round(100 * f.factor, 2)::decimal(8, 2) AS revenue_index,
    CASE WHEN s.whole > 1e-12 THEN round(greatest(0, 1 - s.rest / s.whole), 4)::decimal(5, 4) END AS pattern_strength
FROM factors AS f LEFT JOIN strengths AS s USING (pattern)
