WITH sold AS (
    SELECT *, order_date::date AS day FROM orders WHERE status IN ('completed', 'shipped', 'delivered')
),
refunds AS (
    SELECT order_id, CASE WHEN refunded_at::date > day THEN refunded_at::date ELSE day END AS refund_day, refunded_amount AS refund
    FROM sold WHERE refunded_amount > 0
),
calendar AS (
    SELECT unnest(generate_series(min(order_date)::date, greatest(max(order_date)::date, max(coalesce(refund_day, DATE '0001-01-01')), $as_of), INTERVAL 1 DAY))::date AS day
    FROM orders LEFT JOIN refunds USING (order_id)
),
firsts AS (SELECT customer_id, min(day) AS first_day FROM sold WHERE customer_id IS NOT NULL GROUP BY ALL),
by_category AS (
    SELECT s.day, coalesce(p.category, 'Uncategorized') AS category, sum(i.total_amount) AS revenue
    FROM sold AS s JOIN order_items AS i USING (order_id) JOIN products AS p USING (product_id)
    GROUP BY ALL
    HAVING revenue > 0
),
days AS (
    SELECT
        c.day,
        (SELECT count(*) FROM orders AS o WHERE o.order_date::date = c.day) AS total_orders,
        (SELECT count(*) FROM orders AS o WHERE o.order_date::date = c.day AND o.customer_id IS NULL) AS guest_orders,
        count(s.order_id) AS completed_orders,
        coalesce(sum(s.total_amount), 0) AS revenue,
        count(DISTINCT s.customer_id) AS customers,
        count(DISTINCT s.customer_id) FILTER (f.first_day = c.day) AS newcomers,
        coalesce(sum(s.total_amount) FILTER (s.customer_id IS NULL), 0) AS guest_revenue,
        coalesce(sum(s.total_amount) FILTER (f.first_day = c.day), 0) AS new_revenue,
        coalesce(sum(s.total_amount) FILTER (f.first_day < c.day), 0) AS old_revenue,
        coalesce(sum(s.discount_amount), 0) AS discount,
        coalesce(sum(s.refunded_amount), 0) AS refunded,
        coalesce(sum(s.tax_amount), 0) AS tax,
        coalesce(sum(s.shipping_amount), 0) AS shipping
    FROM calendar AS c LEFT JOIN sold AS s USING (day) LEFT JOIN firsts AS f USING (customer_id)
    GROUP BY c.day
)
SELECT
    d.day AS sale_date,
    d.total_orders,
    d.completed_orders,
    d.revenue AS total_revenue,
    cents(d.revenue, d.completed_orders) AS avg_order_value,
    d.customers AS unique_customers,
    d.guest_orders,
    d.guest_revenue,
    (SELECT c.category FROM by_category AS c WHERE c.day = d.day ORDER BY c.revenue DESC, encode(c.category) LIMIT 1) AS top_category,
    (SELECT coalesce(sum(i.quantity), 0)::bigint FROM sold AS s JOIN order_items AS i USING (order_id) WHERE s.day = d.day)
        AS units_sold,
    d.newcomers AS new_customers,
    d.customers - d.newcomers AS returning_customers,
    d.new_revenue AS new_customer_revenue,
    d.old_revenue AS returning_customer_revenue,
    (SELECT CASE WHEN count(*) = 7 THEN cents(sum(e.revenue), 7) END FROM days AS e WHERE d.day - e.day BETWEEN 0 AND 6)
        AS revenue_avg_7_days,
    (SELECT CASE WHEN count(*) = 28 THEN cents(sum(e.revenue), 28) END FROM days AS e WHERE d.day - e.day BETWEEN 0 AND 27)
        AS revenue_avg_28_days,
    w.revenue AS revenue_week_before,
    y.revenue AS revenue_year_before,
    percent(d.revenue - w.revenue, w.revenue) AS revenue_week_growth,
    percent(d.revenue - y.revenue, y.revenue) AS revenue_year_growth,
    d.revenue - d.tax - d.shipping + d.discount AS gross_sales,
    d.discount AS discount_amount,
    d.refunded AS refunded_amount,
    d.revenue - d.tax - d.shipping - d.refunded AS net_sales,
    d.tax AS tax_amount,
    d.shipping AS shipping_amount,
    (SELECT coalesce(sum(r.refund), 0) FROM refunds AS r WHERE r.refund_day = d.day) AS refunds_paid
FROM days AS d
LEFT JOIN days AS w ON w.day = d.day - 7
LEFT JOIN days AS y
    ON y.day = CASE WHEN strftime(d.day, '%m-%d') = '02-29' THEN make_date(year(d.day) - 1, 2, 28)
                    ELSE make_date(year(d.day) - 1, month(d.day), day(d.day)) END
