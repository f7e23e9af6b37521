-- One row per period, comparison and day: revenue, and that of the day compared with, as a trend in the longer periods; then the
-- days ahead with the forecast and its 80 % interval: about a third of the period, 90 days at most.
WITH

shop AS (
    SELECT
        k.as_of,
        min(d.sale_date) AS first_date
    FROM bi.kpi_summary AS k
    INNER JOIN bi.daily_sales AS d ON k.as_of >= d.sale_date
    GROUP BY k.as_of
),

windows AS (
    SELECT
        p.for_period,
        c.for_compare,
        s.as_of,
        CASE WHEN p.for_period = 0 THEN s.first_date ELSE greatest(s.as_of - p.for_period + 1, s.first_date) END AS first_date
    FROM shop AS s
    CROSS JOIN (VALUES (7), (30), (90), (365), (0)) AS p (for_period)
    CROSS JOIN (VALUES ('before'), ('year')) AS c (for_compare)
)

SELECT
    w.for_period,
    w.for_compare,
    d.sale_date,
    d.total_revenue,
    d.completed_orders,
    d.revenue_avg_28_days,
    b.total_revenue AS compared_revenue,
    CASE WHEN w.for_period IN (7, 30) THEN b.total_revenue ELSE b.revenue_avg_28_days END AS compared_trend,
    NULL::numeric AS forecast_revenue,
    NULL::numeric AS forecast_low,
    NULL::numeric AS forecast_high,
    a.direction AS anomaly
FROM windows AS w
INNER JOIN bi.daily_sales AS d ON d.sale_date BETWEEN w.first_date AND w.as_of
LEFT JOIN bi.daily_sales AS b
    ON
        CASE
            WHEN w.for_compare = 'year' THEN (d.sale_date - interval '1 year')::date
            WHEN w.for_period > 0 THEN d.sale_date - w.for_period
        END = b.sale_date
LEFT JOIN bi.sales_anomalies AS a ON d.sale_date = a.sale_date AND a.measure = 'revenue'
UNION ALL
SELECT
    w.for_period,
    w.for_compare,
    f.forecast_date AS sale_date,
    NULL AS total_revenue,
    NULL AS completed_orders,
    NULL AS revenue_avg_28_days,
    NULL AS compared_revenue,
    NULL AS compared_trend,
    f.expected_revenue AS forecast_revenue,
    f.revenue_lower_80 AS forecast_low,
    f.revenue_upper_80 AS forecast_high,
    NULL AS anomaly
FROM windows AS w
INNER JOIN bi.revenue_forecast AS f
    ON
        w.as_of < f.forecast_date
        AND f.forecast_date <= w.as_of + CASE w.for_period WHEN 7 THEN 7 WHEN 30 THEN 14 WHEN 90 THEN 28 ELSE 90 END
ORDER BY for_period, for_compare, sale_date;
