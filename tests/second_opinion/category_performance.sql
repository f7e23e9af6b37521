WITH edges AS (SELECT min(order_date)::date AS first_day FROM orders),
lines AS (
    SELECT
        coalesce(p.category, 'Uncategorized') AS category,
        date_trunc('month', o.order_date)::date AS sale_month,
        i.product_id,
        i.quantity,
        i.total_amount,
        p.cost
    FROM order_items AS i JOIN orders AS o USING (order_id) JOIN products AS p USING (product_id)
    WHERE o.status IN ('completed', 'shipped', 'delivered')
),
months AS (
    SELECT unnest(generate_series(
        date_trunc('month', min(order_date)), date_trunc('month', greatest(max(order_date), $as_of)), INTERVAL 1 MONTH
    ))::date AS sale_month
    FROM orders
),
parts AS (SELECT sale_month, sale_month < first_day OR last_day(sale_month) > $as_of AS is_partial FROM months CROSS JOIN edges),
grid AS (
    SELECT
        c.category,
        m.sale_month,
        m.is_partial,
        coalesce(sum(l.quantity), 0)::bigint AS quantity_sold,
        count(DISTINCT l.product_id) AS products_sold,
        coalesce(sum(l.total_amount), 0) AS total_revenue,
        sum(l.quantity * l.cost) AS known_cost,
        sum(l.total_amount) FILTER (l.cost IS NOT NULL) AS known_revenue
    FROM (SELECT DISTINCT coalesce(category, 'Uncategorized') AS category FROM products) AS c
    CROSS JOIN parts AS m
    LEFT JOIN lines AS l ON l.category = c.category AND l.sale_month = m.sale_month
    GROUP BY ALL
)
SELECT
    g.category,
    g.sale_month,
    g.is_partial,
    g.quantity_sold,
    g.products_sold,
    g.total_revenue,
    CASE
        WHEN (SELECT sum(x.total_revenue) FROM grid AS x WHERE x.sale_month = g.sale_month) > 0
            THEN round(100 * g.total_revenue / (SELECT sum(x.total_revenue) FROM grid AS x WHERE x.sale_month = g.sale_month), 4)
    END::decimal(7, 4) AS revenue_share,
    1 + (SELECT count(*) FROM grid AS x WHERE x.sale_month = g.sale_month AND x.total_revenue > g.total_revenue) AS category_rank,
    CASE WHEN g.quantity_sold = 0 THEN 0 ELSE g.known_cost END::decimal(18, 2) AS total_cost,
    CASE WHEN g.quantity_sold = 0 THEN 0 ELSE g.known_revenue - g.known_cost END::decimal(18, 2) AS margin_amount,
    CASE WHEN g.known_revenue > 0 THEN round(100 * (g.known_revenue - g.known_cost) / g.known_revenue, 2) END::decimal(18, 2)
        AS margin_share,
    CASE WHEN b.total_revenue > 0 AND NOT (g.is_partial OR b.is_partial) THEN round(100 * g.total_revenue / b.total_revenue - 100, 2) END::decimal(18, 2) AS month_growth,
    CASE WHEN y.total_revenue > 0 AND NOT (g.is_partial OR y.is_partial) THEN round(100 * g.total_revenue / y.total_revenue - 100, 2) END::decimal(18, 2) AS year_growth
FROM grid AS g
LEFT JOIN grid AS b ON b.category = g.category AND b.sale_month = g.sale_month - INTERVAL 1 MONTH
LEFT JOIN grid AS y ON y.category = g.category AND y.sale_month = g.sale_month - INTERVAL 1 YEAR
