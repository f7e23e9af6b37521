CREATE MATERIALIZED VIEW analytics.monthly_sales AS
WITH

bounds AS (
    SELECT
        k.last_whole_day,
        min(d.sale_date) AS first_date
    FROM config.clock AS k
    CROSS JOIN analytics.daily_sales AS d
    GROUP BY k.last_whole_day
),

months AS (
    SELECT
        date_trunc('month', d.sale_date::timestamp)::date AS sale_month,
        sum(d.total_orders) AS total_orders,
        sum(d.completed_orders) AS completed_orders,
        sum(d.total_revenue) AS total_revenue,
        sum(d.units_sold) AS units_sold,
        sum(d.guest_orders) AS guest_orders,
        sum(d.guest_revenue) AS guest_revenue
    FROM analytics.daily_sales AS d
    GROUP BY date_trunc('month', d.sale_date::timestamp)
),

-- A customer is in one country, so the customers of a month are those of its countries.
customers AS (
    SELECT
        g.sale_month,
        sum(g.customers) AS customers,
        sum(g.new_customers) AS new_customers,
        sum(g.new_customer_revenue) AS new_customer_revenue
    FROM analytics.geographic_performance AS g
    GROUP BY g.sale_month
),

top_categories AS (
    SELECT DISTINCT ON (date_trunc('month', c.sale_date::timestamp))
        date_trunc('month', c.sale_date::timestamp)::date AS sale_month,
        c.category
    FROM rollup.category_days AS c
    GROUP BY date_trunc('month', c.sale_date::timestamp), c.category
    HAVING sum(c.total_revenue) > 0
    ORDER BY date_trunc('month', c.sale_date::timestamp) ASC, sum(c.total_revenue) DESC, c.category ASC
),

periods AS (
    SELECT
        m.*,
        m.sale_month < b.first_date OR m.sale_month + interval '1 month - 1 day' > b.last_whole_day AS is_partial,
        coalesce(c.customers, 0) AS customers,
        coalesce(c.new_customers, 0) AS new_customers,
        coalesce(c.new_customer_revenue, 0) AS new_customer_revenue,
        t.category AS top_category
    FROM months AS m
    CROSS JOIN bounds AS b
    LEFT JOIN customers AS c ON m.sale_month = c.sale_month
    LEFT JOIN top_categories AS t ON m.sale_month = t.sale_month
)

SELECT
    m.sale_month,
    m.total_orders::bigint AS total_orders,
    m.completed_orders::bigint AS completed_orders,
    m.total_revenue::numeric(18, 2) AS total_revenue,
    (m.total_revenue / nullif(m.completed_orders, 0))::numeric(14, 2) AS avg_order_value,
    m.units_sold::bigint AS units_sold,
    m.customers::bigint AS customers,
    m.new_customers::bigint AS new_customers,
    (m.customers - m.new_customers)::bigint AS returning_customers,
    m.new_customer_revenue::numeric(18, 2) AS new_customer_revenue,
    (m.total_revenue - m.guest_revenue - m.new_customer_revenue)::numeric(18, 2) AS returning_customer_revenue,
    m.guest_orders::bigint AS guest_orders,
    m.guest_revenue::numeric(18, 2) AS guest_revenue,
    m.top_category,
    b.total_revenue::numeric(18, 2) AS revenue_month_before,
    y.total_revenue::numeric(18, 2) AS revenue_year_before,
    CASE
        WHEN NOT (m.is_partial OR b.is_partial) THEN 100 * (m.total_revenue / nullif(b.total_revenue, 0) - 1)
    END::numeric(20, 4) AS revenue_month_growth,
    CASE
        WHEN NOT (m.is_partial OR y.is_partial) THEN 100 * (m.total_revenue / nullif(y.total_revenue, 0) - 1)
    END::numeric(20, 4) AS revenue_year_growth,
    CASE
        WHEN NOT (m.is_partial OR b.is_partial) THEN 100 * (m.completed_orders / nullif(b.completed_orders, 0) - 1)
    END::numeric(20, 4) AS orders_month_growth,
    CASE
        WHEN NOT (m.is_partial OR y.is_partial) THEN 100 * (m.completed_orders / nullif(y.completed_orders, 0) - 1)
    END::numeric(20, 4) AS orders_year_growth,
    m.is_partial
FROM periods AS m
LEFT JOIN periods AS b ON (m.sale_month - interval '1 month')::date = b.sale_month
LEFT JOIN periods AS y ON (m.sale_month - interval '1 year')::date = y.sale_month;

CREATE UNIQUE INDEX monthly_sales_sale_month_key ON analytics.monthly_sales (sale_month);

COMMENT ON MATERIALIZED VIEW analytics.monthly_sales IS
'One row per month from the first order to the last order or refund, or to config.clock.as_of; months without an order too.';
COMMENT ON COLUMN analytics.monthly_sales.sale_month IS 'Key. First day of the month.';
COMMENT ON COLUMN analytics.monthly_sales.total_orders IS 'Orders in any status.';
COMMENT ON COLUMN analytics.monthly_sales.completed_orders IS 'Orders that count as revenue.';
COMMENT ON COLUMN analytics.monthly_sales.total_revenue IS 'Revenue: sum of total_amount of the completed orders, guests'' too.';
COMMENT ON COLUMN analytics.monthly_sales.avg_order_value IS
'Average order value: total_revenue / completed_orders; NULL without a completed order.';
COMMENT ON COLUMN analytics.monthly_sales.units_sold IS 'Units in completed orders.';
COMMENT ON COLUMN analytics.monthly_sales.customers IS 'Customers with a completed order in the month; guests are not counted.';
COMMENT ON COLUMN analytics.monthly_sales.new_customers IS 'Customers whose first completed order was in the month.';
COMMENT ON COLUMN analytics.monthly_sales.returning_customers IS
'Customers who had a completed order in an earlier month: customers - new_customers.';
COMMENT ON COLUMN analytics.monthly_sales.new_customer_revenue IS
'Part of total_revenue that came from customers whose first completed order was in the month.';
COMMENT ON COLUMN analytics.monthly_sales.returning_customer_revenue IS
'Part of total_revenue that came from returning customers: total_revenue - guest_revenue - new_customer_revenue.';
COMMENT ON COLUMN analytics.monthly_sales.guest_orders IS 'Orders without a customer, in any status.';
COMMENT ON COLUMN analytics.monthly_sales.guest_revenue IS 'Part of total_revenue that came from guests.';
COMMENT ON COLUMN analytics.monthly_sales.top_category IS
'Category with the most revenue from order lines; of equals the first by name; NULL in months without revenue.';
COMMENT ON COLUMN analytics.monthly_sales.revenue_month_before IS
'total_revenue of the month before; NULL before the first order.';
COMMENT ON COLUMN analytics.monthly_sales.revenue_year_before IS
'total_revenue of the same month a year before; NULL before the first order.';
COMMENT ON COLUMN analytics.monthly_sales.revenue_month_growth IS
'Growth on the month before in percent: 100 × (total_revenue / revenue_month_before - 1); NULL if it had none or one is partial.';
COMMENT ON COLUMN analytics.monthly_sales.revenue_year_growth IS
'Growth on the same month a year before in percent: 100 × (total_revenue / revenue_year_before - 1); NULL if it had none or one '
'is partial.';
COMMENT ON COLUMN analytics.monthly_sales.orders_month_growth IS
'Growth of orders on the month before in percent: 100 × (completed_orders / those of that month - 1); NULL if it had none or '
'one is partial.';
COMMENT ON COLUMN analytics.monthly_sales.orders_year_growth IS
'Growth of orders on the same month a year before in percent: 100 × (completed_orders / those of that month - 1); NULL if it '
'had none or one is partial.';
COMMENT ON COLUMN analytics.monthly_sales.is_partial IS
'The month begins before the first order, or is not over on config.clock.last_whole_day.';
