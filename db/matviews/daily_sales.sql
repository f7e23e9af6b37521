CREATE MATERIALIZED VIEW analytics.daily_sales AS
WITH

-- From the first order to the last order or refund, or to the day that figures are computed for; days without an order are rows
-- with zero.
calendar AS (
    SELECT g.day::date AS sale_date
    FROM config.clock AS k
    CROSS JOIN (SELECT
        min(d.sale_date) AS first_date,
        max(d.sale_date) AS last_date
    FROM rollup.days AS d) AS b
    CROSS JOIN (SELECT max(r.sale_date) AS last_date FROM rollup.refund_days AS r) AS r
    CROSS JOIN generate_series(
        b.first_date::timestamp, greatest(b.last_date, r.last_date, k.as_of)::timestamp, interval '1 day'
    ) AS g (day)
),

top_categories AS (
    SELECT DISTINCT ON (c.sale_date)
        c.sale_date,
        c.category
    FROM rollup.category_days AS c
    WHERE c.total_revenue > 0
    ORDER BY c.sale_date ASC, c.total_revenue DESC, c.category ASC
),

buyers AS (
    SELECT
        b.sale_date,
        sum(b.customers)::bigint AS unique_customers,
        sum(b.new_customers)::bigint AS new_customers,
        sum(b.new_customer_revenue) AS new_customer_revenue
    FROM rollup.buyer_days AS b
    GROUP BY b.sale_date
),

amounts AS (
    SELECT
        a.sale_date,
        sum(a.discount_amount) AS discount_amount,
        sum(a.tax_amount) AS tax_amount,
        sum(a.shipping_amount) AS shipping_amount,
        sum(a.refunded_amount) AS refunded_amount
    FROM rollup.status_days AS a
    INNER JOIN config.order_status AS s ON a.status = s.status
    WHERE s.is_revenue
    GROUP BY a.sale_date
),

days AS (
    SELECT
        k.sale_date,
        t.category AS top_category,
        d.total_revenue / nullif(d.completed_orders, 0) AS avg_order_value,
        coalesce(d.total_orders, 0) AS total_orders,
        coalesce(d.completed_orders, 0) AS completed_orders,
        coalesce(d.total_revenue, 0) AS total_revenue,
        coalesce(b.unique_customers, 0) AS unique_customers,
        coalesce(d.guest_orders, 0) AS guest_orders,
        coalesce(d.guest_revenue, 0) AS guest_revenue,
        coalesce(a.discount_amount, 0) AS discount_amount,
        coalesce(a.tax_amount, 0) AS tax_amount,
        coalesce(a.shipping_amount, 0) AS shipping_amount,
        coalesce(a.refunded_amount, 0) AS refunded_amount,
        coalesce(r.refunded_amount, 0) AS refunds_paid,
        coalesce(i.units_sold, 0) AS units_sold,
        coalesce(b.new_customers, 0) AS new_customers,
        coalesce(b.new_customer_revenue, 0) AS new_customer_revenue
    FROM calendar AS k
    LEFT JOIN rollup.days AS d ON k.sale_date = d.sale_date
    LEFT JOIN rollup.refund_days AS r ON k.sale_date = r.sale_date
    LEFT JOIN rollup.item_days AS i ON k.sale_date = i.sale_date
    LEFT JOIN buyers AS b ON k.sale_date = b.sale_date
    LEFT JOIN amounts AS a ON k.sale_date = a.sale_date
    LEFT JOIN top_categories AS t ON k.sale_date = t.sale_date
),

averages AS (
    SELECT
        d.sale_date,
        CASE WHEN count(*) OVER last_7 = 7 THEN avg(d.total_revenue) OVER last_7 END AS revenue_avg_7_days,
        CASE WHEN count(*) OVER last_28 = 28 THEN avg(d.total_revenue) OVER last_28 END AS revenue_avg_28_days
    FROM days AS d
    WINDOW
        last_7 AS (ORDER BY d.sale_date ROWS 6 PRECEDING),
        last_28 AS (ORDER BY d.sale_date ROWS 27 PRECEDING)
)

SELECT
    d.sale_date,
    d.total_orders,
    d.completed_orders,
    d.total_revenue::numeric(18, 2) AS total_revenue,
    d.avg_order_value::numeric(14, 2) AS avg_order_value,
    d.unique_customers,
    d.guest_orders,
    d.guest_revenue::numeric(18, 2) AS guest_revenue,
    d.top_category,
    d.units_sold,
    d.new_customers,
    d.unique_customers - d.new_customers AS returning_customers,
    d.new_customer_revenue::numeric(18, 2) AS new_customer_revenue,
    (d.total_revenue - d.guest_revenue - d.new_customer_revenue)::numeric(18, 2) AS returning_customer_revenue,
    a.revenue_avg_7_days::numeric(18, 2) AS revenue_avg_7_days,
    a.revenue_avg_28_days::numeric(18, 2) AS revenue_avg_28_days,
    w.total_revenue::numeric(18, 2) AS revenue_week_before,
    y.total_revenue::numeric(18, 2) AS revenue_year_before,
    (100 * (d.total_revenue / nullif(w.total_revenue, 0) - 1))::numeric(20, 4) AS revenue_week_growth,
    (100 * (d.total_revenue / nullif(y.total_revenue, 0) - 1))::numeric(20, 4) AS revenue_year_growth,
    (d.total_revenue + d.discount_amount - d.tax_amount - d.shipping_amount)::numeric(18, 2) AS gross_sales,
    d.discount_amount::numeric(18, 2) AS discount_amount,
    d.refunded_amount::numeric(18, 2) AS refunded_amount,
    (d.total_revenue - d.tax_amount - d.shipping_amount - d.refunded_amount)::numeric(18, 2) AS net_sales,
    d.tax_amount::numeric(18, 2) AS tax_amount,
    d.shipping_amount::numeric(18, 2) AS shipping_amount,
    d.refunds_paid::numeric(18, 2) AS refunds_paid
FROM days AS d
INNER JOIN averages AS a ON d.sale_date = a.sale_date
LEFT JOIN days AS w ON d.sale_date - 7 = w.sale_date
LEFT JOIN days AS y ON (d.sale_date - interval '1 year')::date = y.sale_date;

CREATE UNIQUE INDEX daily_sales_sale_date_key ON analytics.daily_sales (sale_date);

COMMENT ON MATERIALIZED VIEW analytics.daily_sales IS
'One row per day from the first order to the last order or refund, or to config.clock.as_of; days without an order too.';
COMMENT ON COLUMN analytics.daily_sales.sale_date IS 'Key. Day of the order, in the shop''s time zone.';
COMMENT ON COLUMN analytics.daily_sales.total_orders IS 'Orders in any status.';
COMMENT ON COLUMN analytics.daily_sales.completed_orders IS 'Orders that count as revenue.';
COMMENT ON COLUMN analytics.daily_sales.total_revenue IS 'Revenue: sum of total_amount of the completed orders, guests'' too.';
COMMENT ON COLUMN analytics.daily_sales.avg_order_value IS
'Average order value: total_revenue / completed_orders; NULL without a completed order.';
COMMENT ON COLUMN analytics.daily_sales.unique_customers IS 'Customers with a completed order; guests are not counted.';
COMMENT ON COLUMN analytics.daily_sales.guest_orders IS 'Orders without a customer, in any status.';
COMMENT ON COLUMN analytics.daily_sales.guest_revenue IS 'Part of total_revenue that came from guests.';
COMMENT ON COLUMN analytics.daily_sales.top_category IS
'Category with the most revenue from order lines; of equals the first by name; NULL on days without revenue.';
COMMENT ON COLUMN analytics.daily_sales.units_sold IS 'Units in completed orders.';
COMMENT ON COLUMN analytics.daily_sales.new_customers IS 'Customers whose first completed order was on this day.';
COMMENT ON COLUMN analytics.daily_sales.returning_customers IS
'Customers who had a completed order on an earlier day: unique_customers - new_customers.';
COMMENT ON COLUMN analytics.daily_sales.new_customer_revenue IS 'Part of total_revenue that came from new customers.';
COMMENT ON COLUMN analytics.daily_sales.returning_customer_revenue IS
'Part of total_revenue that came from returning customers: total_revenue - guest_revenue - new_customer_revenue.';
COMMENT ON COLUMN analytics.daily_sales.revenue_avg_7_days IS
'Moving average: total_revenue of this day and the 6 before / 7; NULL on the first 6 days.';
COMMENT ON COLUMN analytics.daily_sales.revenue_avg_28_days IS
'Moving average: total_revenue of this day and the 27 before / 28; NULL on the first 27 days.';
COMMENT ON COLUMN analytics.daily_sales.revenue_week_before IS
'total_revenue of the same weekday a week before; NULL before the first order.';
COMMENT ON COLUMN analytics.daily_sales.revenue_year_before IS
'total_revenue of the same date a year before, of 28 February for the 29th; NULL before the first order.';
COMMENT ON COLUMN analytics.daily_sales.revenue_week_growth IS
'Growth on the same weekday a week before in percent: 100 × (total_revenue / revenue_week_before - 1); NULL without revenue '
'then.';
COMMENT ON COLUMN analytics.daily_sales.revenue_year_growth IS
'Growth on the same date a year before in percent: 100 × (total_revenue / revenue_year_before - 1); NULL without revenue then.';
COMMENT ON COLUMN analytics.daily_sales.gross_sales IS
'Goods before discounts, without tax and shipping: total_revenue + discount_amount - tax_amount - shipping_amount.';
COMMENT ON COLUMN analytics.daily_sales.discount_amount IS 'Discounts of the day''s completed orders.';
COMMENT ON COLUMN analytics.daily_sales.refunded_amount IS
'Returns: what was paid back of the day''s completed orders, whenever it was.';
COMMENT ON COLUMN analytics.daily_sales.net_sales IS
'Goods that stayed sold: gross_sales - discount_amount - refunded_amount; total_revenue is net_sales + refunded_amount + '
'tax_amount '
'+ shipping_amount.';
COMMENT ON COLUMN analytics.daily_sales.tax_amount IS 'Tax within total_revenue.';
COMMENT ON COLUMN analytics.daily_sales.shipping_amount IS 'Shipping within total_revenue.';
COMMENT ON COLUMN analytics.daily_sales.refunds_paid IS
'What was paid back on this day, of completed orders of any day; over all days as much as refunded_amount.';
