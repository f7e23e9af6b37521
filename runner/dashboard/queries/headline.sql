-- One row per period, comparison and segment: its figures and how they changed. Without a segment periods are of days; by
-- country or category, which are published by month, of the months that they touch. Compared is only what the shop's
-- history covers whole, and no month that goes on.
WITH

shop AS (
    SELECT
        k.as_of,
        min(d.sale_date) AS first_date
    FROM bi.kpi_summary AS k
    INNER JOIN bi.daily_sales AS d ON k.as_of >= d.sale_date
    GROUP BY k.as_of
),

day_windows AS (
    SELECT
        p.for_period,
        CASE WHEN p.for_period = 0 THEN s.first_date ELSE s.as_of - p.for_period + 1 END AS first_date,
        s.as_of AS last_date,
        s.first_date AS shop_date
    FROM shop AS s
    CROSS JOIN (VALUES (7), (30), (90), (365), (0)) AS p (for_period)
),

windows AS (
    SELECT
        w.for_period,
        false AS by_month,
        w.first_date,
        w.last_date,
        w.last_date - w.first_date + 1 AS length,
        w.shop_date
    FROM day_windows AS w
    UNION ALL
    SELECT
        w.for_period,
        true AS by_month,
        date_trunc('month', w.first_date)::date AS first_date,
        w.last_date,
        (
            12 * (extract(YEAR FROM w.last_date) - extract(YEAR FROM w.first_date))
            + extract(MONTH FROM w.last_date) - extract(MONTH FROM w.first_date) + 1
        )::integer AS length,
        (date_trunc('month', w.shop_date - 1) + interval '1 month')::date AS shop_date
    FROM day_windows AS w
),

compared AS (
    SELECT
        w.for_period,
        w.by_month,
        w.first_date,
        w.last_date,
        c.for_compare,
        x.other_first,
        x.other_last,
        w.for_period > 0
        AND x.other_first >= w.shop_date
        AND (NOT w.by_month OR extract(DAY FROM w.last_date + 1) = 1) AS is_whole
    FROM windows AS w
    CROSS JOIN (VALUES ('before'), ('year')) AS c (for_compare)
    CROSS JOIN LATERAL (
        SELECT
            (w.first_date - CASE
                WHEN c.for_compare = 'year' THEN interval '1 year'
                WHEN w.by_month THEN w.length * interval '1 month'
                ELSE w.length * interval '1 day'
            END)::date AS other_first,
            (w.last_date - CASE
                WHEN c.for_compare = 'year' THEN interval '1 year'
                WHEN w.by_month THEN w.length * interval '1 month'
                ELSE w.length * interval '1 day'
            END)::date AS other_last
    ) AS x
),

sales AS (
    SELECT
        false AS by_month,
        NULL AS for_country,
        NULL AS for_category,
        d.sale_date,
        d.total_revenue,
        d.completed_orders,
        d.new_customers,
        d.units_sold
    FROM bi.daily_sales AS d
    UNION ALL
    SELECT
        true AS by_month,
        g.country AS for_country,
        NULL AS for_category,
        g.sale_month AS sale_date,
        g.total_revenue,
        g.completed_orders,
        g.new_customers,
        NULL AS units_sold
    FROM bi.geographic_performance AS g
    UNION ALL
    SELECT
        true AS by_month,
        NULL AS for_country,
        c.category AS for_category,
        c.sale_month AS sale_date,
        c.total_revenue,
        NULL AS completed_orders,
        NULL AS new_customers,
        c.quantity_sold AS units_sold
    FROM bi.category_performance AS c
),

totals AS (
    SELECT
        c.for_period,
        c.for_compare,
        s.for_country,
        s.for_category,
        c.first_date,
        c.last_date,
        c.is_whole,
        sum(s.total_revenue) FILTER (WHERE s.sale_date >= c.first_date) AS total_revenue,
        sum(s.completed_orders) FILTER (WHERE s.sale_date >= c.first_date) AS completed_orders,
        sum(s.new_customers) FILTER (WHERE s.sale_date >= c.first_date) AS new_customers,
        sum(s.units_sold) FILTER (WHERE s.sale_date >= c.first_date) AS units_sold,
        sum(s.total_revenue) FILTER (WHERE s.sale_date BETWEEN c.other_first AND c.other_last) AS other_revenue,
        sum(s.completed_orders) FILTER (WHERE s.sale_date BETWEEN c.other_first AND c.other_last) AS other_orders,
        sum(s.new_customers) FILTER (WHERE s.sale_date BETWEEN c.other_first AND c.other_last) AS other_customers,
        sum(s.units_sold) FILTER (WHERE s.sale_date BETWEEN c.other_first AND c.other_last) AS other_units
    FROM compared AS c
    INNER JOIN sales AS s ON c.by_month = s.by_month AND c.last_date >= s.sale_date
    GROUP BY c.for_period, c.for_compare, s.for_country, s.for_category, c.first_date, c.last_date, c.is_whole
)

SELECT
    t.for_period,
    t.for_compare,
    t.for_country,
    t.for_category,
    t.first_date,
    t.last_date,
    coalesce(t.total_revenue, 0) AS total_revenue,
    t.completed_orders,
    (t.total_revenue / nullif(t.completed_orders, 0))::numeric(18, 2) AS avg_order_value,
    t.new_customers,
    t.units_sold,
    CASE WHEN t.is_whole THEN t.other_revenue END AS compared_revenue,
    CASE
        WHEN t.is_whole THEN (100 * t.total_revenue / nullif(t.other_revenue, 0) - 100)::numeric(12, 1)
    END AS total_revenue_change,
    CASE
        WHEN t.is_whole THEN (100 * t.completed_orders / nullif(t.other_orders, 0) - 100)::numeric(12, 1)
    END AS completed_orders_change,
    CASE
        WHEN t.is_whole
            THEN (
                100 * (t.total_revenue / nullif(t.completed_orders, 0))
                / nullif(t.other_revenue / nullif(t.other_orders, 0), 0) - 100
            )::numeric(12, 1)
    END AS avg_order_value_change,
    CASE
        WHEN t.is_whole THEN (100 * t.new_customers / nullif(t.other_customers, 0) - 100)::numeric(12, 1)
    END AS new_customers_change,
    CASE
        WHEN t.is_whole THEN (100 * t.units_sold / nullif(t.other_units, 0) - 100)::numeric(12, 1)
    END AS units_sold_change
FROM totals AS t
ORDER BY t.for_period, t.for_compare, t.for_country NULLS FIRST, t.for_category NULLS FIRST;
