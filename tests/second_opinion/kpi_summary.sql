-- Each figure for three moments: now over all orders, and over the orders up to 30 days and a year before.
WITH moments AS (
    FROM (VALUES
        ('now', DATE '9999-12-31', $as_of),
        ('month', $as_of - 30, $as_of - 30),
        ('year', ($as_of - INTERVAL 12 MONTH)::date, ($as_of - INTERVAL 12 MONTH)::date)
    ) AS t (moment, until, day)
),
placed AS (
    SELECT m.*, o.*, o.order_date::date AS placed_on, o.status IN ('completed', 'shipped', 'delivered') AS counts
    FROM moments AS m LEFT JOIN orders AS o ON o.order_date::date <= m.until
),
firsts AS (
    SELECT customer_id, min(order_date)::date AS first_day FROM orders
    WHERE status IN ('completed', 'shipped', 'delivered') AND customer_id IS NOT NULL
    GROUP BY ALL
),
totals AS (
    SELECT
        moment,
        count(order_id) AS total_orders,
        count(*) FILTER (counts) AS completed_orders,
        coalesce(sum(total_amount) FILTER (counts), 0) AS revenue,
        coalesce(sum(total_amount) FILTER (counts AND placed_on > day - 30 AND placed_on <= day), 0) AS recent_revenue,
        count(*) FILTER (counts AND placed_on > day - 30 AND placed_on <= day) AS recent_orders
    FROM placed GROUP BY ALL
),
newcomers AS (
    SELECT moment, count(customer_id) AS customers
    FROM moments LEFT JOIN firsts ON first_day > day - 30 AND first_day <= day
    GROUP BY ALL
),
members AS (
    SELECT m.moment, count(c.customer_id) AS customers
    FROM moments AS m
    LEFT JOIN (
        SELECT customer_id, coalesce(least(registration_date, first_day), DATE '0001-01-01') AS since
        FROM customers LEFT JOIN firsts USING (customer_id)
    ) AS c ON c.since <= m.until
    GROUP BY ALL
),
buyers AS (
    SELECT
        moment,
        customer_id,
        count(*) AS orders,
        sum(total_amount) AS revenue,
        CASE WHEN orders >= 10 THEN 'VIP' WHEN orders >= 6 THEN 'Loyal' WHEN orders >= 2 THEN 'Regular' ELSE 'One-time' END AS tier,
        greatest(any_value(day) - max(placed_on), 0) AS days
    FROM placed WHERE counts AND customer_id IS NOT NULL
    GROUP BY ALL
),
groups AS (
    SELECT
        m.moment,
        coalesce(sum(b.revenue), 0) AS revenue,
        count(*) FILTER (b.days <= 90) AS active,
        count(*) FILTER (b.days BETWEEN 91 AND 180) AS at_risk,
        coalesce(sum(b.revenue) FILTER (b.days BETWEEN 91 AND 180), 0) AS at_risk_revenue,
        count(*) FILTER (b.tier = 'VIP') AS vips,
        sum(b.revenue) FILTER (b.tier = 'VIP') AS vip_revenue,
        count(*) FILTER (b.tier = 'Loyal') AS loyals,
        coalesce(sum(b.revenue) FILTER (b.tier = 'Loyal'), 0) AS loyal_revenue,
        count(*) FILTER (b.tier = 'Regular') AS regulars,
        sum(b.revenue) FILTER (b.tier = 'Regular') AS regular_revenue
    FROM moments AS m LEFT JOIN buyers AS b USING (moment)
    GROUP BY ALL
),
lines AS (
    SELECT p.moment, coalesce(q.category, 'Uncategorized') AS category, i.total_amount
    FROM placed AS p JOIN order_items AS i USING (order_id) JOIN products AS q USING (product_id)
    WHERE p.counts
),
names AS (
    SELECT list(category ORDER BY revenue DESC, encode(category)) AS names
    FROM (SELECT category, sum(total_amount) AS revenue FROM lines WHERE moment = 'now' GROUP BY ALL HAVING revenue > 0)
),
tops AS (
    SELECT moment, sum(total_amount) AS everything, sum(total_amount) FILTER (category = (SELECT names[1] FROM names)) AS top
    FROM lines GROUP BY ALL
),
figures AS (
    SELECT
        moment,
        t.revenue AS total_revenue,
        t.total_orders,
        t.completed_orders,
        cents(t.revenue, t.completed_orders) AS avg_order_value,
        m.customers AS total_customers,
        cents(g.revenue, m.customers) AS customer_lifetime_value,
        g.active AS active_customers,
        cents(100 * g.active, m.customers) AS active_customer_share,
        g.at_risk AS at_risk_customers,
        g.at_risk_revenue,
        g.vips AS vip_customers,
        cents(g.vip_revenue, g.vips) AS vip_avg_value,
        g.loyals AS loyal_customers,
        cents(10000 * g.loyal_revenue, 100 * g.revenue) AS loyal_revenue_share,
        cents(g.loyal_revenue * g.regulars - g.regular_revenue * g.loyals, g.loyals * g.regulars) AS loyal_value_lead,
        CASE WHEN (SELECT len(names) FROM names) > 0 THEN coalesce(p.top, 0) END AS top_category_revenue,
        cents(10000 * coalesce(p.top, 0), 100 * p.everything) AS top_category_share,
        t.recent_revenue,
        t.recent_orders,
        n.customers AS recent_new_customers
    FROM totals AS t JOIN newcomers AS n USING (moment) JOIN members AS m USING (moment) JOIN groups AS g USING (moment)
    LEFT JOIN tops AS p USING (moment)
)
SELECT
    $as_of AS as_of,
    n.* EXCLUDE (moment),
    (SELECT count(*) FROM products) AS total_products,
    (SELECT names[1] FROM names) AS top_category,
    (SELECT names[2] FROM names) AS second_category,
    (SELECT names[3] FROM names) AS third_category,
    COLUMNS(b.* EXCLUDE (moment)) AS '\0_30_days_before',
    COLUMNS(y.* EXCLUDE (moment)) AS '\0_year_before'
FROM figures AS n JOIN figures AS b ON b.moment = 'month' JOIN figures AS y ON y.moment = 'year'
WHERE n.moment = 'now'
