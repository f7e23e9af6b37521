-- One row: the headline figures. Key: as_of
WITH

sales AS (
    SELECT
        sum(d.total_orders) AS total_orders,
        sum(d.completed_orders) AS completed_orders,
        sum(d.total_revenue) AS total_revenue,
        sum(d.total_revenue) FILTER (WHERE d.sale_date <= k.as_of - 30) AS total_revenue_30_days_before,
        sum(d.total_revenue) FILTER (WHERE d.sale_date <= k.as_of - 365) AS total_revenue_year_before,
        sum(d.completed_orders) FILTER (WHERE d.sale_date <= k.as_of - 30) AS completed_orders_30_days_before,
        sum(d.completed_orders) FILTER (WHERE d.sale_date <= k.as_of - 365) AS completed_orders_year_before
    FROM daily_sales AS d
    CROSS JOIN clock AS k
),

customer_totals AS (
    SELECT
        count(*) AS total_customers,
        sum(c.total_revenue) AS customer_revenue,
        count(*) FILTER (WHERE c.customer_status = 'Active') AS active_customers,
        count(*) FILTER (WHERE c.customer_status = 'At Risk') AS at_risk_customers,
        sum(c.total_revenue) FILTER (WHERE c.customer_status = 'At Risk') AS at_risk_revenue,
        count(*) FILTER (WHERE c.customer_tier = 'VIP') AS vip_customers,
        avg(c.total_revenue) FILTER (WHERE c.customer_tier = 'VIP') AS vip_avg_value,
        count(*) FILTER (WHERE c.customer_tier = 'Loyal') AS loyal_customers,
        sum(c.total_revenue) FILTER (WHERE c.customer_tier = 'Loyal') AS loyal_revenue,
        avg(c.total_revenue) FILTER (WHERE c.customer_tier = 'Loyal') AS loyal_avg_value,
        avg(c.total_revenue) FILTER (WHERE c.customer_tier = 'Regular') AS regular_avg_value
    FROM customer_metrics AS c
),

categories AS (
    SELECT
        p.category,
        sum(p.total_revenue) AS revenue,
        sum(sum(p.total_revenue)) OVER () AS all_revenue,
        row_number() OVER (ORDER BY sum(p.total_revenue) DESC, p.category) AS category_rank
    FROM product_performance AS p
    GROUP BY p.category
),

top_categories AS (
    SELECT
        max(c.category) FILTER (WHERE c.category_rank = 1) AS top_category,
        max(c.revenue) FILTER (WHERE c.category_rank = 1) AS top_category_revenue,
        max(100 * c.revenue / nullif(c.all_revenue, 0)) FILTER (WHERE c.category_rank = 1) AS top_category_share,
        max(c.category) FILTER (WHERE c.category_rank = 2) AS second_category,
        max(c.category) FILTER (WHERE c.category_rank = 3) AS third_category
    FROM categories AS c
)

SELECT
    k.as_of,
    s.total_revenue::numeric(18, 2) AS total_revenue,
    s.total_revenue_30_days_before::numeric(18, 2) AS total_revenue_30_days_before,
    s.total_revenue_year_before::numeric(18, 2) AS total_revenue_year_before,
    s.total_orders,
    s.completed_orders,
    s.completed_orders_30_days_before,
    s.completed_orders_year_before,
    (s.total_revenue / nullif(s.completed_orders, 0))::numeric(14, 2) AS avg_order_value,
    c.total_customers,
    (SELECT count(*) FROM products) AS total_products,
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
    t.top_category_share::numeric(5, 2) AS top_category_share,
    t.second_category,
    t.third_category
FROM clock AS k
CROSS JOIN sales AS s
CROSS JOIN customer_totals AS c
CROSS JOIN top_categories AS t
