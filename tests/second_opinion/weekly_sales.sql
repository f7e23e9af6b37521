WITH sold AS (
    SELECT *, order_date::date AS day, date_trunc('week', order_date)::date AS period
    FROM orders WHERE status IN ('completed', 'shipped', 'delivered')
),
edges AS (SELECT min(order_date)::date AS first_day, max(order_date)::date AS last_day FROM orders),
calendar AS (
    SELECT DISTINCT date_trunc('week', g.day)::date AS period
    FROM (SELECT unnest(generate_series(first_day, greatest(last_day, $as_of), INTERVAL 1 DAY)) AS day FROM edges) AS g
),
firsts AS (SELECT customer_id, min(period) AS first_period FROM sold WHERE customer_id IS NOT NULL GROUP BY ALL),
by_category AS (
    SELECT s.period, coalesce(p.category, 'Uncategorized') AS category, sum(i.total_amount) AS revenue
    FROM sold AS s JOIN order_items AS i USING (order_id) JOIN products AS p USING (product_id)
    GROUP BY ALL
    HAVING revenue > 0
),
periods AS (
    SELECT
        c.period,
        c.period < (SELECT first_day FROM edges) OR c.period + 7 > $as_of + 1 AS is_partial,
        count(s.order_id) AS completed_orders,
        coalesce(sum(s.total_amount), 0) AS revenue,
        count(DISTINCT s.customer_id) AS customers,
        count(DISTINCT s.customer_id) FILTER (f.first_period = c.period) AS newcomers,
        coalesce(sum(s.total_amount) FILTER (f.first_period = c.period), 0) AS new_revenue,
        coalesce(sum(s.total_amount) FILTER (f.first_period < c.period), 0) AS old_revenue,
        coalesce(sum(s.total_amount) FILTER (s.customer_id IS NULL), 0) AS guest_revenue
    FROM calendar AS c LEFT JOIN sold AS s USING (period) LEFT JOIN firsts AS f USING (customer_id)
    GROUP BY c.period
)
SELECT
    p.period AS sale_week,
    isoyear(p.period) AS iso_year,
    week(p.period) AS iso_week,
    (SELECT count(*) FROM orders AS o WHERE date_trunc('week', o.order_date) = p.period) AS total_orders,
    p.completed_orders,
    p.revenue AS total_revenue,
    cents(p.revenue, p.completed_orders) AS avg_order_value,
    (SELECT coalesce(sum(i.quantity), 0)::bigint FROM sold AS s JOIN order_items AS i USING (order_id) WHERE s.period = p.period)
        AS units_sold,
    p.customers,
    p.newcomers AS new_customers,
    p.customers - p.newcomers AS returning_customers,
    p.new_revenue AS new_customer_revenue,
    p.old_revenue AS returning_customer_revenue,
    (SELECT count(*) FROM orders AS o WHERE date_trunc('week', o.order_date) = p.period AND o.customer_id IS NULL)
        AS guest_orders,
    p.guest_revenue,
    (SELECT c.category FROM by_category AS c WHERE c.period = p.period ORDER BY c.revenue DESC, encode(c.category) LIMIT 1)
        AS top_category,
    b.revenue AS revenue_week_before,
    y.revenue AS revenue_year_before,
    CASE WHEN NOT b.is_partial AND NOT p.is_partial THEN percent(p.revenue - b.revenue, b.revenue) END
        AS revenue_week_growth,
    CASE WHEN NOT y.is_partial AND NOT p.is_partial THEN percent(p.revenue - y.revenue, y.revenue) END
        AS revenue_year_growth,
    CASE WHEN NOT b.is_partial AND NOT p.is_partial
        THEN percent(p.completed_orders - b.completed_orders, b.completed_orders) END AS orders_week_growth,
    CASE WHEN NOT y.is_partial AND NOT p.is_partial
        THEN percent(p.completed_orders - y.completed_orders, y.completed_orders) END AS orders_year_growth,
    p.is_partial
FROM periods AS p
LEFT JOIN periods AS b ON b.period = p.period - 7
LEFT JOIN periods AS y ON y.period = p.period - 7 * 52
