CREATE MATERIALIZED VIEW analytics.daily_sales AS
WITH

-- From the first order to the last, or to the day that figures are computed for; days without an order are rows with zero.
calendar AS (
    SELECT g.day::date AS sale_date
    FROM config.clock AS k
    CROSS JOIN (SELECT
        min(d.sale_date) AS first_date,
        max(d.sale_date) AS last_date
    FROM rollup.days AS d) AS b
    CROSS JOIN generate_series(b.first_date, greatest(b.last_date, k.as_of), interval '1 day') AS g (day)
),

top_categories AS (
    SELECT DISTINCT ON (c.sale_date)
        c.sale_date,
        c.category
    FROM rollup.category_days AS c
    WHERE c.total_revenue > 0
    ORDER BY c.sale_date ASC, c.total_revenue DESC, c.category ASC
)

SELECT
    k.sale_date,
    coalesce(d.total_orders, 0) AS total_orders,
    coalesce(d.completed_orders, 0) AS completed_orders,
    coalesce(d.total_revenue, 0)::numeric(18, 2) AS total_revenue,
    (d.total_revenue / nullif(d.completed_orders, 0))::numeric(14, 2) AS avg_order_value,
    coalesce(d.unique_customers, 0) AS unique_customers,
    coalesce(d.guest_orders, 0) AS guest_orders,
    coalesce(d.guest_revenue, 0)::numeric(18, 2) AS guest_revenue,
    t.category AS top_category
FROM calendar AS k
LEFT JOIN rollup.days AS d ON k.sale_date = d.sale_date
LEFT JOIN top_categories AS t ON k.sale_date = t.sale_date;

CREATE UNIQUE INDEX daily_sales_sale_date_key ON analytics.daily_sales (sale_date);

COMMENT ON MATERIALIZED VIEW analytics.daily_sales IS
'One row per day from the first order to the last or to config.clock.as_of; days without an order too.';
COMMENT ON COLUMN analytics.daily_sales.sale_date IS 'Key. Day of the order, in the shop''s time zone.';
COMMENT ON COLUMN analytics.daily_sales.total_orders IS 'Orders in any status.';
COMMENT ON COLUMN analytics.daily_sales.completed_orders IS 'Orders that count as revenue.';
COMMENT ON COLUMN analytics.daily_sales.total_revenue IS 'Sum of total_amount of the completed orders, guests'' too.';
COMMENT ON COLUMN analytics.daily_sales.avg_order_value IS
'Average order value: total_revenue / completed_orders; NULL without a completed order.';
COMMENT ON COLUMN analytics.daily_sales.unique_customers IS 'Customers with a completed order; guests are not counted.';
COMMENT ON COLUMN analytics.daily_sales.guest_orders IS 'Orders without a customer, in any status.';
COMMENT ON COLUMN analytics.daily_sales.guest_revenue IS 'Part of total_revenue that came from guests.';
COMMENT ON COLUMN analytics.daily_sales.top_category IS
'Category with the most revenue from order lines; of equals the first by name; NULL on days without revenue.';
