CREATE MATERIALIZED VIEW analytics.sales_anomalies AS
WITH

-- The newest day with an order may still be filling up.
bounds AS (
    SELECT
        min(d.sale_date) AS first_date,
        max(d.sale_date) - 1 AS last_date
    FROM rollup.days AS d
    INNER JOIN config.clock AS k ON d.sale_date <= k.as_of
),

days AS (
    SELECT
        m.measure,
        g.day::date AS sale_date,
        coalesce(d.completed_orders, 0) AS completed_orders,
        coalesce(CASE m.measure WHEN 'revenue' THEN d.total_revenue ELSE d.completed_orders END, 0) AS actual
    FROM bounds AS b
    CROSS JOIN
        generate_series(
            greatest(b.first_date, b.last_date - 1091)::timestamp, b.last_date::timestamp, interval '1 day'
        ) AS g (day)
    CROSS JOIN (VALUES ('revenue'), ('orders')) AS m (measure)
    LEFT JOIN rollup.days AS d ON g.day = d.sale_date
),

-- The median: percentile_disc() gives the lower of the two in the middle, or the upper, and keeps numeric what is numeric.
expectations AS (
    SELECT
        d.measure,
        d.sale_date,
        d.actual,
        (
            percentile_disc(0.5) WITHIN GROUP (ORDER BY n.actual ASC)
            + percentile_disc(0.5) WITHIN GROUP (ORDER BY n.actual DESC)
        ) / 2 AS expected
    FROM days AS d
    INNER JOIN generate_series(-28, 28, 7) AS w (distance) ON w.distance <> 0
    INNER JOIN days AS n ON d.measure = n.measure AND d.sale_date + w.distance = n.sale_date
    GROUP BY d.measure, d.sale_date, d.actual
    HAVING count(*) >= 4
),

-- Three eighths of an average order (Anscombe 1948): without them a day of none beside one of three would seem far apart.
units AS (
    SELECT
        d.measure,
        0.375 * sum(d.actual) / nullif(sum(d.completed_orders), 0) AS shift
    FROM days AS d
    GROUP BY d.measure
),

residuals AS (
    SELECT
        e.*,
        u.shift,
        sqrt(e.actual + u.shift) - sqrt(e.expected + u.shift) AS residual
    FROM expectations AS e
    INNER JOIN units AS u ON e.measure = u.measure AND u.shift > 0
),

-- Days that brought nothing, as was to be expected, say nothing of how much the others vary.
spreads AS (
    SELECT
        r.measure,
        1.4826 * (
            percentile_disc(0.5) WITHIN GROUP (ORDER BY abs(r.residual) ASC)
            + percentile_disc(0.5) WITHIN GROUP (ORDER BY abs(r.residual) DESC)
        ) / 2 AS sigma
    FROM residuals AS r
    WHERE r.actual > 0 OR r.expected > 0
    GROUP BY r.measure
    HAVING count(*) >= 28
)

SELECT
    r.sale_date,
    r.measure,
    r.actual::numeric(18, 2) AS actual,
    r.expected::numeric(18, 2) AS expected,
    greatest(0, greatest(0, sqrt(r.expected + r.shift) - c.min_deviation * s.sigma) ^ 2 - r.shift)::numeric(18, 2)
        AS expected_lower,
    ((sqrt(r.expected + r.shift) + c.min_deviation * s.sigma) ^ 2 - r.shift)::numeric(18, 2) AS expected_upper,
    (r.residual / s.sigma)::numeric(10, 2) AS deviation,
    CASE WHEN r.residual > 0 THEN 'above' ELSE 'below' END AS direction
FROM residuals AS r
INNER JOIN spreads AS s ON r.measure = s.measure AND s.sigma > 0
CROSS JOIN config.sales_anomaly AS c
WHERE abs(r.residual) > c.min_deviation * s.sigma;

CREATE UNIQUE INDEX sales_anomalies_sale_date_measure_key ON analytics.sales_anomalies (sale_date, measure);

COMMENT ON MATERIALIZED VIEW analytics.sales_anomalies IS
'One row per measure and day that stands out: revenue or completed orders outside the band around what the same weekdays of the '
'weeks around it brought; three years back at most, up to the day before the newest order.';
COMMENT ON COLUMN analytics.sales_anomalies.sale_date IS 'Key. The day.';
COMMENT ON COLUMN analytics.sales_anomalies.measure IS 'Key. revenue or orders (those that count as revenue).';
COMMENT ON COLUMN analytics.sales_anomalies.actual IS 'What the day brought: revenue, or number of completed orders.';
COMMENT ON COLUMN analytics.sales_anomalies.expected IS
'What was to be expected: median of the same weekday in the four weeks before and the four after, as far as there are; the '
'newest days have none after.';
COMMENT ON COLUMN analytics.sales_anomalies.expected_lower IS
'Lower end of the band: config.sales_anomaly.min_deviation robust standard deviations below expected, between square roots.';
COMMENT ON COLUMN analytics.sales_anomalies.expected_upper IS 'Upper end of the band: as many above.';
COMMENT ON COLUMN analytics.sales_anomalies.deviation IS
'How far the day stands out, in robust standard deviations: (square root of actual - square root of expected) / (1.4826 × median '
'of all absolute differences); to both 3/8 of an average order are added first. The root evens out that large days vary more '
'(Anscombe 1948); the median is not moved by the days that stand out (Hampel 1974).';
COMMENT ON COLUMN analytics.sales_anomalies.direction IS 'above or below what was to be expected.';
