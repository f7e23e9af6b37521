CREATE MATERIALIZED VIEW analytics.geographic_performance AS
WITH

months AS (
    SELECT
        g.month::date AS sale_month,
        g.month::date < b.first_date OR g.month + interval '1 month - 1 day' > k.last_whole_day AS is_partial
    FROM config.clock AS k
    CROSS JOIN (SELECT
        min(d.sale_date) AS first_date,
        max(d.sale_date) AS last_date
    FROM rollup.days AS d) AS b
    CROSS JOIN generate_series(
        date_trunc('month', b.first_date::timestamp), greatest(b.last_date, k.as_of)::timestamp, interval '1 month'
    ) AS g (month)
),

sales AS (
    SELECT
        d.country,
        date_trunc('month', d.sale_date::timestamp)::date AS sale_month,
        sum(d.customers_new_to_month) AS customers,
        sum(d.new_customers) AS new_customers,
        sum(d.completed_orders) AS completed_orders,
        sum(d.total_revenue) AS total_revenue,
        sum(d.month_newcomer_revenue) AS new_customer_revenue
    FROM analytics.daily_country_sales AS d
    GROUP BY d.country, date_trunc('month', d.sale_date::timestamp)
),

country_months AS (
    SELECT
        c.country,
        m.sale_month,
        m.is_partial,
        coalesce(s.customers, 0) AS customers,
        coalesce(s.new_customers, 0) AS new_customers,
        coalesce(s.completed_orders, 0) AS completed_orders,
        coalesce(s.total_revenue, 0) AS total_revenue,
        coalesce(s.new_customer_revenue, 0) AS new_customer_revenue
    FROM (SELECT DISTINCT a.country FROM sales AS a) AS c
    CROSS JOIN months AS m
    LEFT JOIN sales AS s ON c.country = s.country AND m.sale_month = s.sale_month
)

SELECT
    c.country,
    c.sale_month,
    c.customers::bigint AS customers,
    c.new_customers::bigint AS new_customers,
    c.completed_orders::bigint AS completed_orders,
    c.total_revenue::numeric(18, 2) AS total_revenue,
    c.new_customer_revenue::numeric(18, 2) AS new_customer_revenue,
    (100 * c.total_revenue / nullif(sum(c.total_revenue) OVER (PARTITION BY c.sale_month), 0))::numeric(7, 4) AS revenue_share,
    (c.total_revenue / nullif(c.completed_orders, 0))::numeric(14, 2) AS avg_order_value,
    CASE
        WHEN NOT (c.is_partial OR b.is_partial) THEN 100 * (c.total_revenue / nullif(b.total_revenue, 0) - 1)
    END::numeric(20, 4) AS revenue_month_growth,
    CASE
        WHEN NOT (c.is_partial OR y.is_partial) THEN 100 * (c.total_revenue / nullif(y.total_revenue, 0) - 1)
    END::numeric(20, 4) AS revenue_year_growth,
    c.is_partial
FROM country_months AS c
LEFT JOIN country_months AS b ON c.country = b.country AND (c.sale_month - interval '1 month')::date = b.sale_month
LEFT JOIN country_months AS y ON c.country = y.country AND (c.sale_month - interval '1 year')::date = y.sale_month;

CREATE UNIQUE INDEX geographic_performance_country_sale_month_key ON analytics.geographic_performance (country, sale_month);

COMMENT ON MATERIALIZED VIEW analytics.geographic_performance IS
'One row per country with a completed order and month from the first order to the last or to config.clock.as_of.';
COMMENT ON COLUMN analytics.geographic_performance.country IS
'Key. Country of the customer now. Unknown: guests, and customers without a country; so all rows of a month are its sales.';
COMMENT ON COLUMN analytics.geographic_performance.sale_month IS 'Key. First day of the month.';
COMMENT ON COLUMN analytics.geographic_performance.customers IS
'Customers with a completed order in the month; over months they repeat, new_customers do not.';
COMMENT ON COLUMN analytics.geographic_performance.new_customers IS
'Customers whose first completed order was in the month; their sum over months is all customers who ever bought.';
COMMENT ON COLUMN analytics.geographic_performance.completed_orders IS 'Orders that count as revenue.';
COMMENT ON COLUMN analytics.geographic_performance.total_revenue IS 'Revenue: sum of total_amount of the completed orders.';
COMMENT ON COLUMN analytics.geographic_performance.new_customer_revenue IS
'Part of total_revenue that came from customers whose first completed order was in the month.';
COMMENT ON COLUMN analytics.geographic_performance.revenue_share IS
'Share of the month''s revenue in percent: 100 × total_revenue / total_revenue of all countries; NULL in a month without '
'revenue.';
COMMENT ON COLUMN analytics.geographic_performance.avg_order_value IS
'Average order value: total_revenue / completed_orders; NULL without a completed order.';
COMMENT ON COLUMN analytics.geographic_performance.revenue_month_growth IS
'Growth on the month before in percent: 100 × (total_revenue / total_revenue of that month - 1); NULL if it had none or one is '
'partial.';
COMMENT ON COLUMN analytics.geographic_performance.revenue_year_growth IS
'Growth on the month a year before in percent: 100 × (total_revenue / total_revenue of that month - 1); NULL if it had none or '
'one is partial.';
COMMENT ON COLUMN analytics.geographic_performance.is_partial IS
'The month begins before the first order, or is not over on config.clock.last_whole_day.';
