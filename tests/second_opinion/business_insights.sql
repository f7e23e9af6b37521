-- Which rules speak, of what, and the money at stake: each from the orders and their lines or from other opinions, where a number
-- that decides is a fraction without rounding. The sentence and the proof are compared with the views themselves elsewhere.
WITH good AS (
    SELECT o.*, o.order_date::date AS day, date_trunc('month', o.order_date)::date AS month
    FROM orders AS o WHERE o.status IN ('completed', 'shipped', 'delivered')
),
-- The last month that is over, of those that sales by month know.
latest AS (SELECT max(sale_month) AS month FROM monthly_sales WHERE NOT is_partial),
buyers AS (
    SELECT customer_id, customer_tier AS tier, customer_status AS health, total_revenue AS revenue FROM customer_metrics
),
tiers AS (
    SELECT
        t.tier, t.place, count(b.customer_id) AS customers, coalesce(sum(b.revenue), 0) AS revenue,
        sum(b.revenue) / nullif(count(b.customer_id), 0) AS value
    FROM (VALUES ('Prospect', 0), ('One-time', 1), ('Regular', 2), ('Loyal', 3), ('VIP', 4)) AS t (tier, place)
    JOIN buyers AS b ON b.tier = t.tier
    GROUP BY ALL
),
all_tiers AS (SELECT sum(revenue) AS revenue, sum(customers) FILTER (place > 0) AS buyers FROM tiers),
-- A tier and the next that anybody is in.
steps AS (
    SELECT a.*, b.tier AS above, b.value - a.value AS step
    FROM tiers AS a ASOF JOIN tiers AS b ON a.place < b.place
    WHERE a.place > 0
),
lines AS (
    SELECT coalesce(p.category, 'Uncategorized') AS category, g.day, g.month, i.total_amount
    FROM order_items AS i JOIN good AS g USING (order_id) JOIN products AS p USING (product_id)
),
sums AS (SELECT category, sum(total_amount) AS revenue FROM lines GROUP BY ALL),
quarters AS (
    SELECT
        category,
        coalesce(sum(total_amount) FILTER (l.month > m.month - INTERVAL 3 MONTH AND l.month <= m.month), 0) AS revenue,
        coalesce(
            sum(total_amount) FILTER (l.month > m.month - INTERVAL 15 MONTH AND l.month <= m.month - INTERVAL 12 MONTH), 0
        ) AS before
    FROM lines AS l CROSS JOIN latest AS m
    WHERE (SELECT min(sale_month) FROM monthly_sales WHERE NOT is_partial) <= m.month - INTERVAL 14 MONTH
    GROUP BY ALL
),
countries AS (
    SELECT
        coalesce(c.country, 'Unknown') AS country,
        sum(g.total_amount) FILTER (g.month > m.month - INTERVAL 12 MONTH AND g.month <= m.month) AS revenue,
        sum(g.total_amount) FILTER (g.month > m.month - INTERVAL 24 MONTH AND g.month <= m.month - INTERVAL 12 MONTH) AS before
    FROM good AS g LEFT JOIN customers AS c USING (customer_id) CROSS JOIN latest AS m
    WHERE (SELECT min(sale_month) FROM monthly_sales WHERE NOT is_partial) <= m.month - INTERVAL 23 MONTH
    GROUP BY ALL
),
outcomes AS (
    SELECT
        count(*) AS orders,
        count(*) FILTER (o.status IN ('cancelled', 'failed')) AS cancelled,
        sum(o.total_amount) FILTER (o.status IN ('cancelled', 'failed')) AS amount
    FROM orders AS o JOIN latest AS m
        ON date_trunc('month', o.order_date) > m.month - INTERVAL 12 MONTH AND date_trunc('month', o.order_date) <= m.month
),
open_orders AS (
    SELECT count(*) AS orders, sum(total_amount) AS amount FROM orders
    WHERE status IN ('pending', 'processing', 'on_hold') AND $as_of - order_date::date > 14
),
findings AS (
    (
        SELECT 'tier_revenue' AS rule_name, tier AS subject, tiers.revenue AS amount, customers AS items, NULL AS other, 1 AS most
        FROM tiers, all_tiers AS a WHERE 4 * tiers.revenue >= a.revenue AND a.revenue > 0
        ORDER BY tiers.revenue DESC, place DESC LIMIT 1
    )
    UNION ALL
    SELECT 'revenue_at_risk', 'At Risk', sum(revenue) FILTER (health = 'At Risk'), count(*) FILTER (health = 'At Risk'), NULL, 1
    FROM buyers HAVING 20 * sum(revenue) FILTER (health = 'At Risk') >= sum(revenue) AND sum(revenue) > 0
    UNION ALL
    SELECT 'best_customers', tier, tiers.revenue, customers, NULL, 1
    FROM tiers, all_tiers AS a
    WHERE tier = 'VIP' AND tiers.revenue * a.buyers >= 2 * a.revenue * customers AND a.revenue > 0
    UNION ALL
    SELECT 'tier_move', tier, customers * step, customers, above, 1 FROM steps WHERE step > 0
    UNION ALL
    (
        SELECT 'category_dominates', category, revenue, NULL, NULL, 1
        FROM sums WHERE 5 * revenue >= 2 * (SELECT sum(revenue) FROM sums) AND revenue > 0
        ORDER BY revenue DESC, category LIMIT 1
    )
    UNION ALL
    SELECT
        'month_trend', strftime(m.month, '%B %Y'), abs(sum(total_amount) FILTER (g.month = m.month) - before),
        count(*) FILTER (g.month = m.month), NULL, 1
    FROM good AS g, latest AS m,
        (SELECT sum(total_amount) AS before FROM good, latest WHERE good.month = latest.month - INTERVAL 12 MONTH) AS y
    GROUP BY m.month, before
    HAVING 10 * abs(sum(total_amount) FILTER (g.month = m.month) - before) >= before AND before > 0
    UNION ALL
    SELECT 'country_trend', country, abs(revenue - before), NULL, NULL, 3
    FROM countries WHERE 5 * abs(revenue - before) >= before AND before > 0
    UNION ALL
    SELECT 'unusual_day', strftime(sale_date, '%A %-d %B %Y'), abs(actual - expected), NULL, NULL, 3
    FROM sales_anomalies WHERE measure = 'revenue' AND expected > 0 AND abs(deviation) >= 3 AND sale_date > $as_of - 90
    UNION ALL
    SELECT 'cancellations', 'cancelled', amount, cancelled, NULL, 1 FROM outcomes WHERE 20 * cancelled >= orders AND orders > 0
    UNION ALL
    SELECT 'overdue_orders', 'open', amount, orders, '14', 1 FROM open_orders WHERE orders >= 1
    UNION ALL
    SELECT 'category_decline', category, before - revenue, NULL, NULL, 3
    FROM quarters WHERE before > revenue AND 10 * (before - revenue) >= before
    UNION ALL
    SELECT 'product_optimisation', 'prices', sum(median_margin_gain), count(*), NULL, 1
    FROM product_profitability WHERE median_margin_gain > 0 HAVING count(*) > 0
    UNION ALL
    SELECT
        'pair_to_sell', coalesce(p.product_name, p.product_id), a.completed_orders * (p.price + q.price), a.completed_orders,
        coalesce(q.product_name, q.product_id), 5
    FROM product_affinity AS a
    JOIN products AS p ON p.product_id = a.product_id
    JOIN products AS q ON q.product_id = a.other_product_id
    WHERE a.lift >= 2
    UNION ALL
    SELECT
        'stock_risk', coalesce(i.product_name, i.product_id), i.daily_units_90_days * p.price * 30, i.on_hand,
        i.days_of_cover::bigint::varchar, 5
    FROM inventory_intelligence AS i JOIN products AS p USING (product_id)
    WHERE i.stock_status IN ('Out of stock', 'Stock-out risk') AND i.daily_units_90_days > 0
)
SELECT rule_name, subject, round(amount, 2)::decimal(18, 2) AS amount, items::bigint AS item_count
FROM findings
QUALIFY row_number() OVER (PARTITION BY rule_name ORDER BY amount DESC, subject, other) <= most
