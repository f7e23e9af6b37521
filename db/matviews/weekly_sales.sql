CREATE MATERIALIZED VIEW analytics.weekly_sales AS
WITH

bounds AS (
    SELECT
        k.last_whole_day,
        min(d.sale_date) AS first_date
    FROM config.clock AS k
    CROSS JOIN analytics.daily_sales AS d
    GROUP BY k.last_whole_day
),

weeks AS (
    SELECT
        date_trunc('week', d.sale_date::timestamp)::date AS sale_week,
        sum(d.total_orders) AS total_orders,
        sum(d.completed_orders) AS completed_orders,
        sum(d.total_revenue) AS total_revenue,
        sum(d.units_sold) AS units_sold,
        sum(d.guest_orders) AS guest_orders,
        sum(d.guest_revenue) AS guest_revenue
    FROM analytics.daily_sales AS d
    GROUP BY date_trunc('week', d.sale_date::timestamp)
),

customers AS (
    SELECT
        date_trunc('week', d.sale_date::timestamp)::date AS sale_week,
        sum(d.customers_new_to_week) AS customers,
        sum(d.new_customers) AS new_customers,
        sum(d.week_newcomer_revenue) AS new_customer_revenue
    FROM rollup.buyer_days AS d
    GROUP BY date_trunc('week', d.sale_date::timestamp)
),

top_categories AS (
    SELECT DISTINCT ON (date_trunc('week', c.sale_date::timestamp))
        date_trunc('week', c.sale_date::timestamp)::date AS sale_week,
        c.category
    FROM rollup.category_days AS c
    GROUP BY date_trunc('week', c.sale_date::timestamp), c.category
    HAVING sum(c.total_revenue) > 0
    ORDER BY date_trunc('week', c.sale_date::timestamp) ASC, sum(c.total_revenue) DESC, c.category ASC
),

periods AS (
    SELECT
        w.*,
        w.sale_week < b.first_date OR w.sale_week + 6 > b.last_whole_day AS is_partial,
        coalesce(c.customers, 0) AS customers,
        coalesce(c.new_customers, 0) AS new_customers,
        coalesce(c.new_customer_revenue, 0) AS new_customer_revenue,
        t.category AS top_category
    FROM weeks AS w
    CROSS JOIN bounds AS b
    LEFT JOIN customers AS c ON w.sale_week = c.sale_week
    LEFT JOIN top_categories AS t ON w.sale_week = t.sale_week
)

SELECT
    w.sale_week,
    extract(ISOYEAR FROM w.sale_week)::smallint AS iso_year,
    extract(WEEK FROM w.sale_week)::smallint AS iso_week,
    w.total_orders::bigint AS total_orders,
    w.completed_orders::bigint AS completed_orders,
    w.total_revenue::numeric(18, 2) AS total_revenue,
    (w.total_revenue / nullif(w.completed_orders, 0))::numeric(14, 2) AS avg_order_value,
    w.units_sold::bigint AS units_sold,
    w.customers::bigint AS customers,
    w.new_customers::bigint AS new_customers,
    (w.customers - w.new_customers)::bigint AS returning_customers,
    w.new_customer_revenue::numeric(18, 2) AS new_customer_revenue,
    (w.total_revenue - w.guest_revenue - w.new_customer_revenue)::numeric(18, 2) AS returning_customer_revenue,
    w.guest_orders::bigint AS guest_orders,
    w.guest_revenue::numeric(18, 2) AS guest_revenue,
    w.top_category,
    b.total_revenue::numeric(18, 2) AS revenue_week_before,
    y.total_revenue::numeric(18, 2) AS revenue_year_before,
    CASE
        WHEN NOT (w.is_partial OR b.is_partial) THEN 100 * (w.total_revenue / nullif(b.total_revenue, 0) - 1)
    END::numeric(20, 4) AS revenue_week_growth,
    CASE
        WHEN NOT (w.is_partial OR y.is_partial) THEN 100 * (w.total_revenue / nullif(y.total_revenue, 0) - 1)
    END::numeric(20, 4) AS revenue_year_growth,
    CASE
        WHEN NOT (w.is_partial OR b.is_partial) THEN 100 * (w.completed_orders / nullif(b.completed_orders, 0) - 1)
    END::numeric(20, 4) AS orders_week_growth,
    CASE
        WHEN NOT (w.is_partial OR y.is_partial) THEN 100 * (w.completed_orders / nullif(y.completed_orders, 0) - 1)
    END::numeric(20, 4) AS orders_year_growth,
    w.is_partial
FROM periods AS w
LEFT JOIN periods AS b ON w.sale_week - 7 = b.sale_week
LEFT JOIN periods AS y ON w.sale_week - 364 = y.sale_week;

CREATE UNIQUE INDEX weekly_sales_sale_week_key ON analytics.weekly_sales (sale_week);

COMMENT ON MATERIALIZED VIEW analytics.weekly_sales IS
'One row per ISO week from the first order to the last order or refund, or to config.clock.as_of; weeks without an order too.';
COMMENT ON COLUMN analytics.weekly_sales.sale_week IS 'Key. Monday of the ISO week.';
COMMENT ON COLUMN analytics.weekly_sales.iso_year IS 'ISO 8601 year that the week belongs to.';
COMMENT ON COLUMN analytics.weekly_sales.iso_week IS 'ISO 8601 number of the week, 1 to 53.';
COMMENT ON COLUMN analytics.weekly_sales.total_orders IS 'Orders in any status.';
COMMENT ON COLUMN analytics.weekly_sales.completed_orders IS 'Orders that count as revenue.';
COMMENT ON COLUMN analytics.weekly_sales.total_revenue IS 'Revenue: sum of total_amount of the completed orders, guests'' too.';
COMMENT ON COLUMN analytics.weekly_sales.avg_order_value IS
'Average order value: total_revenue / completed_orders; NULL without a completed order.';
COMMENT ON COLUMN analytics.weekly_sales.units_sold IS 'Units in completed orders.';
COMMENT ON COLUMN analytics.weekly_sales.customers IS 'Customers with a completed order in the week; guests are not counted.';
COMMENT ON COLUMN analytics.weekly_sales.new_customers IS 'Customers whose first completed order was in the week.';
COMMENT ON COLUMN analytics.weekly_sales.returning_customers IS
'Customers who had a completed order in an earlier week: customers - new_customers.';
COMMENT ON COLUMN analytics.weekly_sales.new_customer_revenue IS
'Part of total_revenue that came from customers whose first completed order was in the week.';
COMMENT ON COLUMN analytics.weekly_sales.returning_customer_revenue IS
'Part of total_revenue that came from returning customers: total_revenue - guest_revenue - new_customer_revenue.';
COMMENT ON COLUMN analytics.weekly_sales.guest_orders IS 'Orders without a customer, in any status.';
COMMENT ON COLUMN analytics.weekly_sales.guest_revenue IS 'Part of total_revenue that came from guests.';
COMMENT ON COLUMN analytics.weekly_sales.top_category IS
'Category with the most revenue from order lines; of equals the first by name; NULL in weeks without revenue.';
COMMENT ON COLUMN analytics.weekly_sales.revenue_week_before IS
'total_revenue of the week before; NULL before the first order.';
COMMENT ON COLUMN analytics.weekly_sales.revenue_year_before IS
'total_revenue of the week 52 weeks before; NULL before the first order.';
COMMENT ON COLUMN analytics.weekly_sales.revenue_week_growth IS
'Growth on the week before in percent: 100 × (total_revenue / revenue_week_before - 1); NULL if it had none or one is partial.';
COMMENT ON COLUMN analytics.weekly_sales.revenue_year_growth IS
'Growth on the week 52 weeks before in percent: 100 × (total_revenue / revenue_year_before - 1); NULL if it had none or one is '
'partial.';
COMMENT ON COLUMN analytics.weekly_sales.orders_week_growth IS
'Growth of orders on the week before in percent: 100 × (completed_orders / those of that week - 1); NULL if it had none or one '
'is partial.';
COMMENT ON COLUMN analytics.weekly_sales.orders_year_growth IS
'Growth of orders on the week 52 weeks before in percent: 100 × (completed_orders / those of that week - 1); NULL if it had '
'none or one is partial.';
COMMENT ON COLUMN analytics.weekly_sales.is_partial IS
'The week begins before the first order, or is not over on config.clock.last_whole_day.';
