-- One row per day from the first order to the last, or to today. Key: sale_date
WITH

bounds AS (
    SELECT
        min(t.sale_date) AS first_date,
        greatest(max(t.sale_date), max(k.as_of)) AS last_date
    FROM daily_totals AS t
    CROSS JOIN clock AS k
),

new_customers AS (
    SELECT
        c.first_order_date AS sale_date,
        count(*) AS customers
    FROM customer_metrics AS c
    WHERE c.first_order_date IS NOT NULL
    GROUP BY c.first_order_date
),

new_revenue AS (
    SELECT
        o.order_day AS sale_date,
        sum(o.total_amount) AS revenue
    FROM orders AS o
    INNER JOIN order_status AS s ON o.status = s.status
    INNER JOIN customer_metrics AS c ON o.customer_id = c.customer_id AND o.order_day = c.first_order_date
    WHERE s.is_revenue
    GROUP BY o.order_day
),

days AS (
    SELECT
        g.sale_date,
        coalesce(t.total_orders, 0) AS total_orders,
        coalesce(t.completed_orders, 0) AS completed_orders,
        coalesce(t.total_revenue, 0) AS total_revenue,
        coalesce(t.unique_customers, 0) AS unique_customers,
        coalesce(n.customers, 0) AS new_customers,
        coalesce(r.revenue, 0) AS new_customer_revenue,
        coalesce(t.guest_orders, 0) AS guest_orders,
        coalesce(t.guest_revenue, 0) AS guest_revenue,
        coalesce(t.units_sold, 0) AS units_sold,
        t.top_category
    FROM bounds AS b
    INNER JOIN calendar AS g ON g.sale_date BETWEEN b.first_date AND b.last_date
    LEFT JOIN daily_totals AS t ON g.sale_date = t.sale_date
    LEFT JOIN new_customers AS n ON g.sale_date = n.sale_date
    LEFT JOIN new_revenue AS r ON g.sale_date = r.sale_date
)

SELECT
    d.sale_date,
    d.total_orders,
    d.completed_orders,
    d.total_revenue::numeric(18, 2) AS total_revenue,
    (d.total_revenue / nullif(d.completed_orders, 0))::numeric(14, 2) AS avg_order_value,
    d.units_sold,
    d.unique_customers,
    d.new_customers,
    d.unique_customers - d.new_customers AS returning_customers,
    d.new_customer_revenue::numeric(18, 2) AS new_customer_revenue,
    (d.total_revenue - d.guest_revenue - d.new_customer_revenue)::numeric(18, 2) AS returning_customer_revenue,
    d.guest_orders,
    d.guest_revenue::numeric(18, 2) AS guest_revenue,
    d.top_category,
    avg(d.total_revenue) OVER (ORDER BY d.sale_date ROWS 6 PRECEDING)::numeric(18, 2) AS revenue_average_7_days,
    avg(d.total_revenue) OVER (ORDER BY d.sale_date ROWS 27 PRECEDING)::numeric(18, 2) AS revenue_average_28_days,
    lag(d.total_revenue, 7) OVER (ORDER BY d.sale_date)::numeric(18, 2) AS revenue_week_before,
    lag(d.total_revenue, 364) OVER (ORDER BY d.sale_date)::numeric(18, 2) AS revenue_year_before
FROM days AS d
