CREATE MATERIALIZED VIEW analytics.kpi_summary AS
WITH

sales AS (
    SELECT
        coalesce(sum(d.total_orders), 0)::bigint AS total_orders,
        coalesce(sum(d.completed_orders), 0)::bigint AS completed_orders,
        coalesce(sum(d.total_revenue), 0) AS total_revenue
    FROM analytics.daily_sales AS d
),

customers AS (
    SELECT
        count(*) AS total_customers,
        coalesce(sum(c.total_revenue), 0) AS customer_revenue,
        count(*) FILTER (WHERE c.customer_status = 'Active') AS active_customers,
        count(*) FILTER (WHERE c.customer_status = 'At Risk') AS at_risk_customers,
        coalesce(sum(c.total_revenue) FILTER (WHERE c.customer_status = 'At Risk'), 0) AS at_risk_revenue,
        count(*) FILTER (WHERE c.customer_tier = 'VIP') AS vip_customers,
        avg(c.total_revenue) FILTER (WHERE c.customer_tier = 'VIP') AS vip_avg_value,
        count(*) FILTER (WHERE c.customer_tier = 'Loyal') AS loyal_customers,
        coalesce(sum(c.total_revenue) FILTER (WHERE c.customer_tier = 'Loyal'), 0) AS loyal_revenue,
        avg(c.total_revenue) FILTER (WHERE c.customer_tier = 'Loyal') AS loyal_avg_value,
        avg(c.total_revenue) FILTER (WHERE c.customer_tier = 'Regular') AS regular_avg_value
    FROM analytics.customer_metrics AS c
),

categories AS (
    SELECT
        p.category,
        sum(p.total_revenue) AS category_revenue,
        sum(sum(p.total_revenue)) OVER () AS all_revenue,
        row_number() OVER (ORDER BY sum(p.total_revenue) DESC, p.category COLLATE "C") AS category_rank
    FROM analytics.product_performance AS p
    GROUP BY p.category
    HAVING sum(p.total_revenue) > 0
),

top_categories AS (
    SELECT
        max(c.category) FILTER (WHERE c.category_rank = 1) AS top_category,
        max(c.category_revenue) FILTER (WHERE c.category_rank = 1) AS top_category_revenue,
        max(c.category_revenue / c.all_revenue) FILTER (WHERE c.category_rank = 1) AS top_category_share,
        max(c.category) FILTER (WHERE c.category_rank = 2) AS second_category,
        max(c.category) FILTER (WHERE c.category_rank = 3) AS third_category
    FROM categories AS c
)

SELECT
    k.as_of,
    s.total_revenue::numeric(18, 2) AS total_revenue,
    s.total_orders,
    s.completed_orders,
    (s.total_revenue / nullif(s.completed_orders, 0))::numeric(14, 2) AS avg_order_value,
    c.total_customers,
    (SELECT count(*) FROM analytics.product_performance) AS total_products,
    (c.customer_revenue / nullif(c.total_customers, 0))::numeric(18, 2) AS customer_lifetime_value,
    c.active_customers,
    (100.0 * c.active_customers / nullif(c.total_customers, 0))::numeric(5, 2) AS active_customer_share,
    c.at_risk_customers,
    c.at_risk_revenue::numeric(18, 2) AS at_risk_revenue,
    c.vip_customers,
    c.vip_avg_value::numeric(18, 2) AS vip_avg_value,
    c.loyal_customers,
    (100 * c.loyal_revenue / nullif(c.customer_revenue, 0))::numeric(5, 2) AS loyal_revenue_share,
    (c.loyal_avg_value - c.regular_avg_value)::numeric(18, 2) AS loyal_value_lead,
    t.top_category,
    t.top_category_revenue::numeric(18, 2) AS top_category_revenue,
    (100 * t.top_category_share)::numeric(5, 2) AS top_category_share,
    t.second_category,
    t.third_category
FROM config.clock AS k
CROSS JOIN sales AS s
CROSS JOIN customers AS c
CROSS JOIN top_categories AS t;

CREATE UNIQUE INDEX kpi_summary_as_of_key ON analytics.kpi_summary (as_of);

COMMENT ON MATERIALIZED VIEW analytics.kpi_summary IS 'One row: the headline figures.';
COMMENT ON COLUMN analytics.kpi_summary.as_of IS 'Key. The day that the figures are computed for.';
COMMENT ON COLUMN analytics.kpi_summary.total_revenue IS 'Sum of total_amount of all completed orders, guests'' too.';
COMMENT ON COLUMN analytics.kpi_summary.total_orders IS 'Orders in any status.';
COMMENT ON COLUMN analytics.kpi_summary.completed_orders IS 'Orders that count as revenue.';
COMMENT ON COLUMN analytics.kpi_summary.avg_order_value IS 'Average order value: total_revenue / completed_orders.';
COMMENT ON COLUMN analytics.kpi_summary.total_customers IS 'Customers, those who never ordered too.';
COMMENT ON COLUMN analytics.kpi_summary.total_products IS 'Products, those never sold too.';
COMMENT ON COLUMN analytics.kpi_summary.customer_lifetime_value IS
'Revenue per customer: revenue of customers (without guests) / total_customers.';
COMMENT ON COLUMN analytics.kpi_summary.active_customers IS 'Customers whose health is Active.';
COMMENT ON COLUMN analytics.kpi_summary.active_customer_share IS 'Active customers in percent of all customers.';
COMMENT ON COLUMN analytics.kpi_summary.at_risk_customers IS 'Customers whose health is At Risk.';
COMMENT ON COLUMN analytics.kpi_summary.at_risk_revenue IS 'Lifetime revenue of the At Risk customers.';
COMMENT ON COLUMN analytics.kpi_summary.vip_customers IS 'Customers in the tier VIP.';
COMMENT ON COLUMN analytics.kpi_summary.vip_avg_value IS 'Average lifetime revenue of a VIP customer.';
COMMENT ON COLUMN analytics.kpi_summary.loyal_customers IS 'Customers in the tier Loyal.';
COMMENT ON COLUMN analytics.kpi_summary.loyal_revenue_share IS 'Loyal customers'' revenue in percent of all customers'' revenue.';
COMMENT ON COLUMN analytics.kpi_summary.loyal_value_lead IS
'Average lifetime revenue of a Loyal customer minus that of a Regular one.';
COMMENT ON COLUMN analytics.kpi_summary.top_category IS 'Category with the most revenue from order lines.';
COMMENT ON COLUMN analytics.kpi_summary.top_category_revenue IS 'Its revenue.';
COMMENT ON COLUMN analytics.kpi_summary.top_category_share IS 'Its revenue in percent of all order lines'' revenue.';
COMMENT ON COLUMN analytics.kpi_summary.second_category IS 'Category with the second most revenue.';
COMMENT ON COLUMN analytics.kpi_summary.third_category IS 'Category with the third most revenue.';
