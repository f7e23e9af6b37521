-- One row per month. Key: sale_month
WITH

customers_seen AS (
    SELECT
        m.sale_month,
        count(*) AS unique_customers
    FROM customer_months AS m
    GROUP BY m.sale_month
),

periods AS (
    SELECT
        date_trunc('month', d.sale_date::timestamp)::date AS sale_month,
        sum(d.total_orders) AS total_orders,
        sum(d.completed_orders) AS completed_orders,
        sum(d.total_revenue) AS total_revenue,
        sum(d.units_sold) AS units_sold,
        sum(d.new_customers) AS new_customers,
        sum(d.new_customer_revenue) AS new_customer_revenue,
        sum(d.guest_revenue) AS guest_revenue
    FROM daily_sales AS d
    GROUP BY date_trunc('month', d.sale_date::timestamp)::date
)

SELECT
    p.sale_month,
    p.total_orders,
    p.completed_orders,
    p.total_revenue::numeric(18, 2) AS total_revenue,
    (p.total_revenue / nullif(p.completed_orders, 0))::numeric(14, 2) AS avg_order_value,
    p.units_sold,
    coalesce(c.unique_customers, 0) AS unique_customers,
    p.new_customers,
    p.new_customer_revenue::numeric(18, 2) AS new_customer_revenue,
    p.guest_revenue::numeric(18, 2) AS guest_revenue,
    (100 * (p.total_revenue - lag(p.total_revenue) OVER period) / nullif(lag(p.total_revenue) OVER period, 0))
    ::numeric(18, 2) AS growth_month,
    (100 * (p.total_revenue - lag(p.total_revenue, 12) OVER period) / nullif(lag(p.total_revenue, 12) OVER period, 0))
    ::numeric(18, 2) AS growth_year,
    p.sale_month = date_trunc('month', k.as_of::timestamp)::date AS is_partial
FROM periods AS p
CROSS JOIN clock AS k
LEFT JOIN customers_seen AS c ON p.sale_month = c.sale_month
WINDOW period AS (ORDER BY p.sale_month)
