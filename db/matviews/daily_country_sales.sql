CREATE MATERIALIZED VIEW analytics.daily_country_sales AS
WITH

sales AS (
    SELECT
        d.country,
        d.sale_date,
        d.completed_orders,
        d.total_revenue,
        d.customers AS unique_customers,
        d.new_customers,
        d.customers_new_to_month,
        CASE WHEN d.cohort_month = date_trunc('month', d.sale_date::timestamp) THEN d.total_revenue END AS month_newcomer_revenue
    FROM rollup.buyer_days AS d
    UNION ALL
    SELECT
        'Unknown' AS country,
        d.sale_date,
        d.guest_completed_orders AS completed_orders,
        d.guest_revenue AS total_revenue,
        0 AS unique_customers,
        0 AS new_customers,
        0 AS customers_new_to_month,
        NULL AS month_newcomer_revenue
    FROM rollup.days AS d
    WHERE d.guest_completed_orders > 0
)

SELECT
    s.country,
    s.sale_date,
    sum(s.completed_orders)::bigint AS completed_orders,
    sum(s.total_revenue)::numeric(18, 2) AS total_revenue,
    (sum(s.total_revenue) / sum(s.completed_orders))::numeric(14, 2) AS avg_order_value,
    sum(s.unique_customers)::bigint AS unique_customers,
    sum(s.new_customers)::bigint AS new_customers,
    sum(s.customers_new_to_month)::bigint AS customers_new_to_month,
    coalesce(sum(s.month_newcomer_revenue), 0)::numeric(18, 2) AS month_newcomer_revenue,
    NULL::boolean AS no_duplicate_check
FROM sales AS s
GROUP BY s.country, s.sale_date;

CREATE UNIQUE INDEX daily_country_sales_country_sale_date_key ON analytics.daily_country_sales (country, sale_date);

COMMENT ON MATERIALIZED VIEW analytics.daily_country_sales IS
'One row per country and day with a completed order, days after config.clock.as_of too.';
COMMENT ON COLUMN analytics.daily_country_sales.country IS
'Key. Country of the customer now. Unknown: guests, and customers without a country; so all rows of a day are its sales.';
COMMENT ON COLUMN analytics.daily_country_sales.sale_date IS 'Key. Day of the order, in the shop''s time zone.';
COMMENT ON COLUMN analytics.daily_country_sales.completed_orders IS 'Orders that count as revenue.';
COMMENT ON COLUMN analytics.daily_country_sales.total_revenue IS 'Revenue: sum of total_amount of the completed orders.';
COMMENT ON COLUMN analytics.daily_country_sales.avg_order_value IS 'Average order value: total_revenue / completed_orders.';
COMMENT ON COLUMN analytics.daily_country_sales.unique_customers IS
'Customers with a completed order; guests are not counted.';
COMMENT ON COLUMN analytics.daily_country_sales.new_customers IS 'Customers whose first completed order was on this day.';
COMMENT ON COLUMN analytics.daily_country_sales.customers_new_to_month IS
'Customers who had not bought on an earlier day of the month; their sum over a month is the customers of the month.';
COMMENT ON COLUMN analytics.daily_country_sales.month_newcomer_revenue IS
'Part of total_revenue that came from customers whose first completed order was in the same month.';
COMMENT ON COLUMN analytics.daily_country_sales.no_duplicate_check IS
'Internal: always NULL. A refresh searches the rows that hold no NULL for equal ones, which the key excludes already.';
