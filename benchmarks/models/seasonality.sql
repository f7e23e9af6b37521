-- One row per pattern (weekday, month, hour) and its part. Key: pattern, part
WITH

hours AS (
    SELECT
        'hour' AS pattern,
        extract(hour FROM o.order_date)::integer AS part,
        sum(o.total_amount) / count(DISTINCT o.order_day) AS average_revenue
    FROM orders AS o
    INNER JOIN order_status AS s ON o.status = s.status
    WHERE s.is_revenue
    GROUP BY extract(hour FROM o.order_date)::integer
),

parts AS (
    SELECT
        'weekday' AS pattern,
        extract(isodow FROM d.sale_date)::integer AS part,
        avg(d.total_revenue) AS average_revenue
    FROM daily_sales AS d
    GROUP BY extract(isodow FROM d.sale_date)::integer
    UNION ALL
    SELECT
        'month' AS pattern,
        extract(month FROM d.sale_date)::integer AS part,
        avg(d.total_revenue) AS average_revenue
    FROM daily_sales AS d
    GROUP BY extract(month FROM d.sale_date)::integer
    UNION ALL
    SELECT
        h.pattern,
        h.part,
        h.average_revenue
    FROM hours AS h
)

SELECT
    p.pattern,
    p.part,
    p.average_revenue::numeric(18, 2) AS average_revenue,
    (100 * p.average_revenue / nullif(avg(p.average_revenue) OVER (PARTITION BY p.pattern), 0))::numeric(9, 2)
        AS seasonal_index,
    (
        stddev_pop(p.average_revenue) OVER (PARTITION BY p.pattern)
        / nullif(avg(p.average_revenue) OVER (PARTITION BY p.pattern), 0)
    )::numeric(9, 4) AS strength
FROM parts AS p
