CREATE MATERIALIZED VIEW analytics.kpi_summary AS
WITH

-- Totals take in what lies up to last_date. For "today" that is all orders, those after config.clock.as_of too.
moments AS (
    SELECT
        m.moment,
        m.as_of,
        m.last_date
    FROM config.clock AS k
    CROSS JOIN LATERAL (
        VALUES
        ('today', k.as_of, date 'infinity'),
        ('30 days before', k.as_of - 30, k.as_of - 30),
        ('year before', (k.as_of - interval '1 year')::date, (k.as_of - interval '1 year')::date)
    ) AS m (moment, as_of, last_date)
),

sales AS (
    SELECT
        m.moment,
        coalesce(sum(d.total_orders), 0) AS total_orders,
        coalesce(sum(d.completed_orders), 0) AS completed_orders,
        coalesce(sum(d.total_revenue), 0) AS total_revenue,
        coalesce(sum(d.total_revenue - d.guest_revenue), 0) AS customer_revenue,
        coalesce(sum(d.completed_orders) FILTER (WHERE m.as_of - d.sale_date BETWEEN 0 AND 29), 0) AS recent_orders,
        coalesce(sum(d.total_revenue) FILTER (WHERE m.as_of - d.sale_date BETWEEN 0 AND 29), 0) AS recent_revenue,
        coalesce(sum(d.new_customers) FILTER (WHERE m.as_of - d.sale_date BETWEEN 0 AND 29), 0) AS recent_new_customers
    FROM moments AS m
    LEFT JOIN analytics.daily_sales AS d ON m.last_date >= d.sale_date
    GROUP BY m.moment
),

past AS (
    SELECT
        min(m.last_date) FILTER (WHERE m.moment = '30 days before') AS month_date,
        min(m.last_date) FILTER (WHERE m.moment = 'year before') AS year_date
    FROM moments AS m
),

-- A customer is known from the registration or the first order on, whichever is earlier; without both, always. The dates come one
-- by one, not by a join, because then the rows are counted in parallel.
people AS (
    SELECT
        count(*) AS customers,
        count(*) FILTER (
            WHERE coalesce(least(c.registration_date, c.first_order_date) <= (SELECT p.month_date FROM past AS p), true)
        ) AS month_customers,
        count(*) FILTER (
            WHERE coalesce(least(c.registration_date, c.first_order_date) <= (SELECT p.year_date FROM past AS p), true)
        ) AS year_customers,
        count(*) FILTER (WHERE c.customer_status = 'Active') AS active_customers,
        count(*) FILTER (WHERE c.customer_status = 'At Risk') AS at_risk_customers,
        sum(c.total_revenue) FILTER (WHERE c.customer_status = 'At Risk') AS at_risk_revenue,
        count(*) FILTER (WHERE c.customer_tier = 'VIP') AS vip_customers,
        avg(c.total_revenue) FILTER (WHERE c.customer_tier = 'VIP') AS vip_avg_value,
        count(*) FILTER (WHERE c.customer_tier = 'Loyal') AS loyal_customers,
        sum(c.total_revenue) FILTER (WHERE c.customer_tier = 'Loyal') AS loyal_revenue,
        avg(c.total_revenue) FILTER (WHERE c.customer_tier = 'Loyal')
        - avg(c.total_revenue) FILTER (WHERE c.customer_tier = 'Regular') AS loyal_value_lead
    FROM analytics.customer_metrics AS c
),

-- Customers as they were at each past moment. Few distinct rows, so that names are looked up for them and not for each customer.
histories AS (
    SELECT
        '30 days before' AS moment,
        c.orders_30_days_ago AS completed_orders,
        c.last_order_30_days_ago AS last_order_date,
        count(*) AS customers,
        sum(c.revenue_30_days_ago) AS total_revenue
    FROM rollup.customers AS c
    WHERE c.orders_30_days_ago > 0
    GROUP BY c.orders_30_days_ago, c.last_order_30_days_ago
    UNION ALL
    SELECT
        'year before' AS moment,
        c.orders_year_ago AS completed_orders,
        c.last_order_year_ago AS last_order_date,
        count(*) AS customers,
        sum(c.revenue_year_ago) AS total_revenue
    FROM rollup.customers AS c
    WHERE c.orders_year_ago > 0
    GROUP BY c.orders_year_ago, c.last_order_year_ago
),

named AS (
    SELECT
        h.moment,
        h.customers,
        h.total_revenue,
        l.tiers[width_bucket(h.completed_orders, l.tier_limits)] AS customer_tier,
        l.statuses[width_bucket(m.as_of - h.last_order_date, l.status_limits)] AS customer_status
    FROM histories AS h
    INNER JOIN moments AS m ON h.moment = m.moment
    CROSS JOIN rollup.customer_limits AS l
),

counts AS (
    SELECT
        'today' AS moment,
        p.customers AS total_customers,
        p.active_customers,
        p.at_risk_customers,
        p.at_risk_revenue,
        p.vip_customers,
        p.vip_avg_value,
        p.loyal_customers,
        p.loyal_revenue,
        p.loyal_value_lead
    FROM people AS p
    UNION ALL
    SELECT
        m.moment,
        CASE m.moment WHEN 'year before' THEN p.year_customers ELSE p.month_customers END AS total_customers,
        coalesce(sum(h.customers) FILTER (WHERE h.customer_status = 'Active'), 0)::bigint AS active_customers,
        coalesce(sum(h.customers) FILTER (WHERE h.customer_status = 'At Risk'), 0)::bigint AS at_risk_customers,
        sum(h.total_revenue) FILTER (WHERE h.customer_status = 'At Risk') AS at_risk_revenue,
        coalesce(sum(h.customers) FILTER (WHERE h.customer_tier = 'VIP'), 0)::bigint AS vip_customers,
        sum(h.total_revenue) FILTER (WHERE h.customer_tier = 'VIP')
        / sum(h.customers) FILTER (WHERE h.customer_tier = 'VIP') AS vip_avg_value,
        coalesce(sum(h.customers) FILTER (WHERE h.customer_tier = 'Loyal'), 0)::bigint AS loyal_customers,
        sum(h.total_revenue) FILTER (WHERE h.customer_tier = 'Loyal') AS loyal_revenue,
        sum(h.total_revenue) FILTER (WHERE h.customer_tier = 'Loyal')
        / sum(h.customers) FILTER (WHERE h.customer_tier = 'Loyal')
        - sum(h.total_revenue) FILTER (WHERE h.customer_tier = 'Regular')
        / sum(h.customers) FILTER (WHERE h.customer_tier = 'Regular') AS loyal_value_lead
    FROM people AS p
    INNER JOIN moments AS m ON m.moment <> 'today'
    LEFT JOIN named AS h ON m.moment = h.moment
    GROUP BY m.moment, p.month_customers, p.year_customers
),

ranked_categories AS (
    SELECT
        p.category,
        row_number() OVER (ORDER BY sum(p.total_revenue) DESC, p.category COLLATE "C") AS category_rank
    FROM analytics.product_performance AS p
    GROUP BY p.category
    HAVING sum(p.total_revenue) > 0
),

top_categories AS (
    SELECT
        max(c.category) FILTER (WHERE c.category_rank = 1) AS top_category,
        max(c.category) FILTER (WHERE c.category_rank = 2) AS second_category,
        max(c.category) FILTER (WHERE c.category_rank = 3) AS third_category
    FROM ranked_categories AS c
),

category_sales AS (
    SELECT
        m.moment,
        sum(c.total_revenue) AS all_revenue,
        CASE WHEN t.top_category IS NOT NULL THEN coalesce(sum(c.total_revenue) FILTER (WHERE c.category = t.top_category), 0) END
            AS top_revenue
    FROM moments AS m
    CROSS JOIN top_categories AS t
    LEFT JOIN rollup.category_days AS c ON m.last_date >= c.sale_date
    GROUP BY m.moment, t.top_category
),

figures AS (
    SELECT
        s.moment,
        s.total_revenue::numeric(18, 2) AS total_revenue,
        s.total_orders::bigint AS total_orders,
        s.completed_orders::bigint AS completed_orders,
        (s.total_revenue / nullif(s.completed_orders, 0))::numeric(14, 2) AS avg_order_value,
        c.total_customers,
        (s.customer_revenue / nullif(c.total_customers, 0))::numeric(18, 2) AS customer_lifetime_value,
        c.active_customers,
        (100.0 * c.active_customers / nullif(c.total_customers, 0))::numeric(5, 2) AS active_customer_share,
        c.at_risk_customers,
        coalesce(c.at_risk_revenue, 0)::numeric(18, 2) AS at_risk_revenue,
        c.vip_customers,
        c.vip_avg_value::numeric(18, 2) AS vip_avg_value,
        c.loyal_customers,
        (100 * coalesce(c.loyal_revenue, 0) / nullif(s.customer_revenue, 0))::numeric(5, 2) AS loyal_revenue_share,
        c.loyal_value_lead::numeric(18, 2) AS loyal_value_lead,
        t.top_revenue::numeric(18, 2) AS top_category_revenue,
        (100 * t.top_revenue / nullif(t.all_revenue, 0))::numeric(5, 2) AS top_category_share,
        s.recent_revenue::numeric(18, 2) AS recent_revenue,
        s.recent_orders::bigint AS recent_orders,
        s.recent_new_customers::bigint AS recent_new_customers
    FROM sales AS s
    INNER JOIN counts AS c ON s.moment = c.moment
    INNER JOIN category_sales AS t ON s.moment = t.moment
)

SELECT
    k.as_of,
    n.total_revenue,
    n.total_orders,
    n.completed_orders,
    n.avg_order_value,
    n.total_customers,
    p.total_products,
    n.customer_lifetime_value,
    n.active_customers,
    n.active_customer_share,
    n.at_risk_customers,
    n.at_risk_revenue,
    n.vip_customers,
    n.vip_avg_value,
    n.loyal_customers,
    n.loyal_revenue_share,
    n.loyal_value_lead,
    t.top_category,
    n.top_category_revenue,
    n.top_category_share,
    t.second_category,
    t.third_category,
    n.recent_revenue,
    n.recent_orders,
    n.recent_new_customers,
    b.total_revenue AS total_revenue_30_days_before,
    y.total_revenue AS total_revenue_year_before,
    b.total_orders AS total_orders_30_days_before,
    y.total_orders AS total_orders_year_before,
    b.completed_orders AS completed_orders_30_days_before,
    y.completed_orders AS completed_orders_year_before,
    b.avg_order_value AS avg_order_value_30_days_before,
    y.avg_order_value AS avg_order_value_year_before,
    b.total_customers AS total_customers_30_days_before,
    y.total_customers AS total_customers_year_before,
    b.customer_lifetime_value AS customer_lifetime_value_30_days_before,
    y.customer_lifetime_value AS customer_lifetime_value_year_before,
    b.active_customers AS active_customers_30_days_before,
    y.active_customers AS active_customers_year_before,
    b.active_customer_share AS active_customer_share_30_days_before,
    y.active_customer_share AS active_customer_share_year_before,
    b.at_risk_customers AS at_risk_customers_30_days_before,
    y.at_risk_customers AS at_risk_customers_year_before,
    b.vip_customers AS vip_customers_30_days_before,
    y.vip_customers AS vip_customers_year_before,
    b.loyal_customers AS loyal_customers_30_days_before,
    y.loyal_customers AS loyal_customers_year_before,
    b.top_category_revenue AS top_category_revenue_30_days_before,
    y.top_category_revenue AS top_category_revenue_year_before,
    b.top_category_share AS top_category_share_30_days_before,
    y.top_category_share AS top_category_share_year_before,
    b.recent_revenue AS recent_revenue_30_days_before,
    y.recent_revenue AS recent_revenue_year_before,
    b.recent_orders AS recent_orders_30_days_before,
    y.recent_orders AS recent_orders_year_before,
    b.recent_new_customers AS recent_new_customers_30_days_before,
    y.recent_new_customers AS recent_new_customers_year_before,
    b.at_risk_revenue AS at_risk_revenue_30_days_before,
    y.at_risk_revenue AS at_risk_revenue_year_before,
    b.vip_avg_value AS vip_avg_value_30_days_before,
    y.vip_avg_value AS vip_avg_value_year_before,
    b.loyal_revenue_share AS loyal_revenue_share_30_days_before,
    y.loyal_revenue_share AS loyal_revenue_share_year_before,
    b.loyal_value_lead AS loyal_value_lead_30_days_before,
    y.loyal_value_lead AS loyal_value_lead_year_before
FROM config.clock AS k
CROSS JOIN top_categories AS t
CROSS JOIN (SELECT count(*) AS total_products FROM analytics.product_performance) AS p
INNER JOIN figures AS n ON n.moment = 'today'
INNER JOIN figures AS b ON b.moment = '30 days before'
INNER JOIN figures AS y ON y.moment = 'year before';

CREATE UNIQUE INDEX kpi_summary_as_of_key ON analytics.kpi_summary (as_of);

COMMENT ON MATERIALIZED VIEW analytics.kpi_summary IS
'One row: the headline figures, now and as they were 30 days and a year before config.clock.as_of. Before means: by what is '
'known today (statuses, limits, customers, categories) of the orders up to that day.';
COMMENT ON COLUMN analytics.kpi_summary.as_of IS 'Key. The day that the figures are computed for.';
COMMENT ON COLUMN analytics.kpi_summary.total_revenue IS
'Revenue: sum of total_amount of all completed orders, guests'' too.';
COMMENT ON COLUMN analytics.kpi_summary.total_orders IS 'Orders in any status.';
COMMENT ON COLUMN analytics.kpi_summary.completed_orders IS 'Orders that count as revenue.';
COMMENT ON COLUMN analytics.kpi_summary.avg_order_value IS 'Average order value: total_revenue / completed_orders.';
COMMENT ON COLUMN analytics.kpi_summary.total_customers IS 'Customers, those who never ordered too.';
COMMENT ON COLUMN analytics.kpi_summary.total_products IS 'Products, those never sold too.';
COMMENT ON COLUMN analytics.kpi_summary.customer_lifetime_value IS
'Revenue per customer: revenue of customers (without guests) / total_customers.';
COMMENT ON COLUMN analytics.kpi_summary.active_customers IS 'Customers whose health is Active.';
COMMENT ON COLUMN analytics.kpi_summary.active_customer_share IS
'Active customers in percent of all customers: 100 × active_customers / total_customers.';
COMMENT ON COLUMN analytics.kpi_summary.at_risk_customers IS 'Customers whose health is At Risk.';
COMMENT ON COLUMN analytics.kpi_summary.at_risk_revenue IS 'Lifetime revenue of the At Risk customers.';
COMMENT ON COLUMN analytics.kpi_summary.vip_customers IS 'Customers in the tier VIP.';
COMMENT ON COLUMN analytics.kpi_summary.vip_avg_value IS 'Average lifetime revenue of a VIP customer.';
COMMENT ON COLUMN analytics.kpi_summary.loyal_customers IS 'Customers in the tier Loyal.';
COMMENT ON COLUMN analytics.kpi_summary.loyal_revenue_share IS
'Loyal customers'' revenue in percent of all customers'' revenue.';
COMMENT ON COLUMN analytics.kpi_summary.loyal_value_lead IS
'Average lifetime revenue of a Loyal customer minus that of a Regular one.';
COMMENT ON COLUMN analytics.kpi_summary.top_category IS 'Category with the most revenue from order lines.';
COMMENT ON COLUMN analytics.kpi_summary.top_category_revenue IS 'Revenue of the top category''s order lines.';
COMMENT ON COLUMN analytics.kpi_summary.top_category_share IS
'Revenue of the top category in percent of all order lines'' revenue.';
COMMENT ON COLUMN analytics.kpi_summary.second_category IS 'Category with the second most revenue.';
COMMENT ON COLUMN analytics.kpi_summary.third_category IS 'Category with the third most revenue.';
COMMENT ON COLUMN analytics.kpi_summary.recent_revenue IS 'Revenue of the 30 days up to config.clock.as_of.';
COMMENT ON COLUMN analytics.kpi_summary.recent_orders IS 'Completed orders of the 30 days up to config.clock.as_of.';
COMMENT ON COLUMN analytics.kpi_summary.recent_new_customers IS
'Customers whose first completed order was in the 30 days up to config.clock.as_of.';
COMMENT ON COLUMN analytics.kpi_summary.total_revenue_30_days_before IS
'total_revenue as it was 30 days before config.clock.as_of.';
COMMENT ON COLUMN analytics.kpi_summary.total_revenue_year_before IS
'total_revenue as it was a year before config.clock.as_of.';
COMMENT ON COLUMN analytics.kpi_summary.total_orders_30_days_before IS
'total_orders as it was 30 days before config.clock.as_of.';
COMMENT ON COLUMN analytics.kpi_summary.total_orders_year_before IS
'total_orders as it was a year before config.clock.as_of.';
COMMENT ON COLUMN analytics.kpi_summary.completed_orders_30_days_before IS
'completed_orders as it was 30 days before config.clock.as_of.';
COMMENT ON COLUMN analytics.kpi_summary.completed_orders_year_before IS
'completed_orders as it was a year before config.clock.as_of.';
COMMENT ON COLUMN analytics.kpi_summary.avg_order_value_30_days_before IS
'avg_order_value as it was 30 days before config.clock.as_of.';
COMMENT ON COLUMN analytics.kpi_summary.avg_order_value_year_before IS
'avg_order_value as it was a year before config.clock.as_of.';
COMMENT ON COLUMN analytics.kpi_summary.total_customers_30_days_before IS
'total_customers as it was 30 days before config.clock.as_of: customers with a registration or a first order by then, and those '
'with neither.';
COMMENT ON COLUMN analytics.kpi_summary.total_customers_year_before IS
'total_customers as it was a year before config.clock.as_of: customers with a registration or a first order by then, and those '
'with neither.';
COMMENT ON COLUMN analytics.kpi_summary.customer_lifetime_value_30_days_before IS
'customer_lifetime_value as it was 30 days before config.clock.as_of.';
COMMENT ON COLUMN analytics.kpi_summary.customer_lifetime_value_year_before IS
'customer_lifetime_value as it was a year before config.clock.as_of.';
COMMENT ON COLUMN analytics.kpi_summary.active_customers_30_days_before IS
'active_customers as it was 30 days before config.clock.as_of.';
COMMENT ON COLUMN analytics.kpi_summary.active_customers_year_before IS
'active_customers as it was a year before config.clock.as_of.';
COMMENT ON COLUMN analytics.kpi_summary.active_customer_share_30_days_before IS
'active_customer_share in percent as it was 30 days before config.clock.as_of.';
COMMENT ON COLUMN analytics.kpi_summary.active_customer_share_year_before IS
'active_customer_share in percent as it was a year before config.clock.as_of.';
COMMENT ON COLUMN analytics.kpi_summary.at_risk_customers_30_days_before IS
'at_risk_customers as it was 30 days before config.clock.as_of.';
COMMENT ON COLUMN analytics.kpi_summary.at_risk_customers_year_before IS
'at_risk_customers as it was a year before config.clock.as_of.';
COMMENT ON COLUMN analytics.kpi_summary.vip_customers_30_days_before IS
'vip_customers as it was 30 days before config.clock.as_of.';
COMMENT ON COLUMN analytics.kpi_summary.vip_customers_year_before IS
'vip_customers as it was a year before config.clock.as_of.';
COMMENT ON COLUMN analytics.kpi_summary.loyal_customers_30_days_before IS
'loyal_customers as it was 30 days before config.clock.as_of.';
COMMENT ON COLUMN analytics.kpi_summary.loyal_customers_year_before IS
'loyal_customers as it was a year before config.clock.as_of.';
COMMENT ON COLUMN analytics.kpi_summary.top_category_revenue_30_days_before IS
'top_category_revenue as it was 30 days before config.clock.as_of, of today''s top category.';
COMMENT ON COLUMN analytics.kpi_summary.top_category_revenue_year_before IS
'top_category_revenue as it was a year before config.clock.as_of, of today''s top category.';
COMMENT ON COLUMN analytics.kpi_summary.top_category_share_30_days_before IS
'top_category_share in percent as it was 30 days before config.clock.as_of, of today''s top category.';
COMMENT ON COLUMN analytics.kpi_summary.top_category_share_year_before IS
'top_category_share in percent as it was a year before config.clock.as_of, of today''s top category.';
COMMENT ON COLUMN analytics.kpi_summary.recent_revenue_30_days_before IS
'recent_revenue as it was 30 days before config.clock.as_of.';
COMMENT ON COLUMN analytics.kpi_summary.recent_revenue_year_before IS
'recent_revenue as it was a year before config.clock.as_of.';
COMMENT ON COLUMN analytics.kpi_summary.recent_orders_30_days_before IS
'recent_orders as it was 30 days before config.clock.as_of.';
COMMENT ON COLUMN analytics.kpi_summary.recent_orders_year_before IS
'recent_orders as it was a year before config.clock.as_of.';
COMMENT ON COLUMN analytics.kpi_summary.recent_new_customers_30_days_before IS
'recent_new_customers as it was 30 days before config.clock.as_of.';
COMMENT ON COLUMN analytics.kpi_summary.recent_new_customers_year_before IS
'recent_new_customers as it was a year before config.clock.as_of.';
COMMENT ON COLUMN analytics.kpi_summary.at_risk_revenue_30_days_before IS
'at_risk_revenue as it was 30 days before config.clock.as_of.';
COMMENT ON COLUMN analytics.kpi_summary.at_risk_revenue_year_before IS
'at_risk_revenue as it was a year before config.clock.as_of.';
COMMENT ON COLUMN analytics.kpi_summary.vip_avg_value_30_days_before IS
'vip_avg_value as it was 30 days before config.clock.as_of.';
COMMENT ON COLUMN analytics.kpi_summary.vip_avg_value_year_before IS
'vip_avg_value as it was a year before config.clock.as_of.';
COMMENT ON COLUMN analytics.kpi_summary.loyal_revenue_share_30_days_before IS
'loyal_revenue_share as it was 30 days before config.clock.as_of.';
COMMENT ON COLUMN analytics.kpi_summary.loyal_revenue_share_year_before IS
'loyal_revenue_share as it was a year before config.clock.as_of.';
COMMENT ON COLUMN analytics.kpi_summary.loyal_value_lead_30_days_before IS
'loyal_value_lead as it was 30 days before config.clock.as_of.';
COMMENT ON COLUMN analytics.kpi_summary.loyal_value_lead_year_before IS
'loyal_value_lead as it was a year before config.clock.as_of.';
