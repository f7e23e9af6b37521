-- One row per period, comparison and segment (the shop, the 25 countries and the 25 categories with the most revenue): its
-- figures and how they changed, by day. Compared is only what the shop's history covers whole.
WITH

shop AS (
    SELECT
        k.as_of,
        min(d.sale_date) AS first_date
    FROM bi.kpi_summary AS k
    INNER JOIN bi.daily_sales AS d ON k.as_of >= d.sale_date
    GROUP BY k.as_of
),

periods AS (
    SELECT
        p.for_period,
        c.for_compare,
        s.first_date AS shop_date,
        s.as_of AS last_date,
        CASE WHEN p.for_period = 0 THEN s.first_date ELSE s.as_of - p.for_period + 1 END AS first_date,
        CASE c.for_compare WHEN 'year' THEN interval '1 year' ELSE p.for_period * interval '1 day' END AS distance
    FROM shop AS s
    CROSS JOIN (VALUES (7), (30), (90), (365), (0)) AS p (for_period)
    CROSS JOIN (VALUES ('before'), ('year')) AS c (for_compare)
),

windows AS (
    SELECT
        p.for_period,
        p.for_compare,
        p.first_date,
        p.last_date,
        (p.first_date - p.distance)::date AS other_first,
        (p.last_date - p.distance)::date AS other_last,
        p.for_period > 0 AND p.first_date - p.distance >= p.shop_date AS is_whole
    FROM periods AS p
),

-- Where a window begins or has ended. What lies between two of these days is in a window as a whole, or not at all: adding that
-- up first reads each day once.
edges AS (
    SELECT array_agg(DISTINCT e.edge ORDER BY e.edge) AS edges
    FROM windows AS w
    CROSS JOIN LATERAL (
        VALUES (w.first_date), (w.last_date + 1), (w.other_first), (w.other_last + 1)
    ) AS e (edge)
),

sales AS (
    SELECT
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
        d.country AS for_country,
        NULL AS for_category,
        d.sale_date,
        d.total_revenue,
        d.completed_orders,
        d.new_customers,
        NULL AS units_sold
    FROM bi.daily_country_sales AS d
    UNION ALL
    SELECT
        NULL AS for_country,
        d.category AS for_category,
        d.sale_date,
        d.total_revenue,
        NULL AS completed_orders,
        NULL AS new_customers,
        d.quantity_sold AS units_sold
    FROM bi.daily_category_sales AS d
),

stretches AS (
    SELECT
        s.for_country,
        s.for_category,
        e.edges[width_bucket(s.sale_date, e.edges)] AS first_date,
        sum(s.total_revenue) AS total_revenue,
        sum(s.completed_orders) AS completed_orders,
        sum(s.new_customers) AS new_customers,
        sum(s.units_sold) AS units_sold
    FROM sales AS s
    CROSS JOIN edges AS e
    GROUP BY s.for_country, s.for_category, e.edges[width_bucket(s.sale_date, e.edges)]
),

ranked AS (
    SELECT
        s.for_country,
        s.for_category,
        row_number() OVER (
            PARTITION BY s.for_country IS NULL
            ORDER BY sum(s.total_revenue) DESC, coalesce(s.for_country, s.for_category) COLLATE "C"
        ) AS place
    FROM stretches AS s
    WHERE coalesce(s.for_country, s.for_category) IS NOT NULL
    GROUP BY s.for_country, s.for_category
),

-- What the periods and those compared with hold of the best.
parts AS (
    SELECT
        w.for_period,
        w.for_compare,
        w.first_date,
        w.last_date,
        w.is_whole,
        s.for_country,
        s.for_category,
        s.total_revenue,
        s.completed_orders,
        s.new_customers,
        s.units_sold,
        s.first_date BETWEEN w.first_date AND w.last_date AS is_own,
        s.first_date BETWEEN w.other_first AND w.other_last AS is_other
    FROM stretches AS s
    CROSS JOIN windows AS w
    LEFT JOIN ranked AS r
        ON s.for_country IS NOT DISTINCT FROM r.for_country AND s.for_category IS NOT DISTINCT FROM r.for_category
    WHERE coalesce(r.place, 0) <= 25
),

totals AS (
    SELECT
        p.for_period,
        p.for_compare,
        p.for_country,
        p.for_category,
        p.first_date,
        p.last_date,
        p.is_whole,
        coalesce(sum(p.total_revenue) FILTER (WHERE p.is_own), 0) AS total_revenue,
        CASE WHEN p.for_category IS NULL THEN coalesce(sum(p.completed_orders) FILTER (WHERE p.is_own), 0) END
            AS completed_orders,
        CASE WHEN p.for_category IS NULL THEN coalesce(sum(p.new_customers) FILTER (WHERE p.is_own), 0) END AS new_customers,
        CASE WHEN p.for_country IS NULL THEN coalesce(sum(p.units_sold) FILTER (WHERE p.is_own), 0) END AS units_sold,
        sum(p.total_revenue) FILTER (WHERE p.is_other) AS other_revenue,
        sum(p.completed_orders) FILTER (WHERE p.is_other) AS other_orders,
        sum(p.new_customers) FILTER (WHERE p.is_other) AS other_customers,
        sum(p.units_sold) FILTER (WHERE p.is_other) AS other_units
    FROM parts AS p
    GROUP BY p.for_period, p.for_compare, p.for_country, p.for_category, p.first_date, p.last_date, p.is_whole
)

SELECT
    t.for_period,
    t.for_compare,
    t.for_country,
    t.for_category,
    t.first_date,
    t.last_date,
    t.total_revenue,
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
