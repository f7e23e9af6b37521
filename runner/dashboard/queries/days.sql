-- One row per segment: the shop, the 25 countries and the 25 categories with the most revenue. Figures are lists, a value a day
-- from from_date on. The shop: all days, and the days ahead with the forecast and its 80 % interval; a segment: the newest
-- three years.
WITH

shop AS (
    SELECT
        k.as_of,
        min(d.sale_date) AS first_date
    FROM bi.kpi_summary AS k
    INNER JOIN bi.daily_sales AS d ON k.as_of >= d.sale_date
    GROUP BY k.as_of
),

calendar AS (
    SELECT s.as_of - g.days_ago AS sale_date
    FROM shop AS s
    CROSS JOIN generate_series(0, least(s.as_of - s.first_date, 1095)) AS g (days_ago)
),

sales AS (
    SELECT
        'country' AS kind,
        d.country AS label,
        d.sale_date,
        d.total_revenue,
        d.completed_orders
    FROM bi.daily_country_sales AS d
    UNION ALL
    SELECT
        'category' AS kind,
        d.category AS label,
        d.sale_date,
        d.total_revenue,
        NULL AS completed_orders
    FROM bi.daily_category_sales AS d
),

segments AS (
    SELECT
        s.kind,
        s.label,
        row_number() OVER (PARTITION BY s.kind ORDER BY sum(s.total_revenue) DESC, s.label COLLATE "C" ASC) AS place
    FROM sales AS s
    GROUP BY s.kind, s.label
),

segment_days AS (
    SELECT
        g.kind,
        g.label,
        c.sale_date,
        coalesce(s.total_revenue, 0) AS total_revenue,
        CASE WHEN g.kind = 'country' THEN coalesce(s.completed_orders, 0) END AS completed_orders,
        CASE
            WHEN row_number() OVER last_28 >= 28 THEN coalesce(sum(s.total_revenue) OVER last_28, 0) / 28
        END::numeric(18, 2) AS revenue_avg_28_days
    FROM segments AS g
    CROSS JOIN calendar AS c
    LEFT JOIN sales AS s ON g.kind = s.kind AND g.label = s.label AND c.sale_date = s.sale_date
    WHERE g.place <= 25
    WINDOW last_28 AS (PARTITION BY g.kind, g.label ORDER BY c.sale_date ROWS 27 PRECEDING)
),

-- Up to the last day that is forecast, 90 days ahead at most.
shop_days AS (
    SELECT
        s.first_date + g.place AS sale_date,
        d.total_revenue,
        d.completed_orders,
        d.revenue_avg_28_days,
        a.direction AS anomaly,
        f.expected_revenue AS forecast_revenue,
        f.revenue_lower_80 AS forecast_low,
        f.revenue_upper_80 AS forecast_high
    FROM shop AS s
    CROSS JOIN (SELECT max(r.forecast_date) AS last_date FROM bi.revenue_forecast AS r) AS r
    CROSS JOIN generate_series(0, greatest(s.as_of, least(r.last_date, s.as_of + 90)) - s.first_date) AS g (place)
    LEFT JOIN bi.daily_sales AS d ON s.first_date + g.place = d.sale_date AND s.as_of >= d.sale_date
    LEFT JOIN bi.sales_anomalies AS a ON s.first_date + g.place = a.sale_date AND a.measure = 'revenue'
    LEFT JOIN bi.revenue_forecast AS f ON s.first_date + g.place = f.forecast_date AND s.as_of < f.forecast_date
)

SELECT
    NULL AS for_country,
    NULL AS for_category,
    min(d.sale_date) AS from_date,
    array_agg(d.total_revenue ORDER BY d.sale_date) AS total_revenue,
    array_agg(d.completed_orders ORDER BY d.sale_date) AS completed_orders,
    array_agg(d.revenue_avg_28_days ORDER BY d.sale_date) AS revenue_avg_28_days,
    array_agg(d.anomaly ORDER BY d.sale_date) AS anomaly,
    array_agg(d.forecast_revenue ORDER BY d.sale_date) AS forecast_revenue,
    array_agg(d.forecast_low ORDER BY d.sale_date) AS forecast_low,
    array_agg(d.forecast_high ORDER BY d.sale_date) AS forecast_high
FROM shop_days AS d
HAVING count(*) > 0
UNION ALL
(
    SELECT
        CASE WHEN d.kind = 'country' THEN d.label END AS for_country,
        CASE WHEN d.kind = 'category' THEN d.label END AS for_category,
        min(d.sale_date) AS from_date,
        array_agg(d.total_revenue ORDER BY d.sale_date) AS total_revenue,
        CASE WHEN d.kind = 'country' THEN array_agg(d.completed_orders ORDER BY d.sale_date) END AS completed_orders,
        array_agg(d.revenue_avg_28_days ORDER BY d.sale_date) AS revenue_avg_28_days,
        NULL AS anomaly,
        NULL AS forecast_revenue,
        NULL AS forecast_low,
        NULL AS forecast_high
    FROM segment_days AS d
    GROUP BY d.kind, d.label
    ORDER BY d.kind, d.label COLLATE "C"
);
