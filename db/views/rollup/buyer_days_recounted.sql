CREATE VIEW rollup.buyer_days_recounted AS
WITH

-- Where days begin their weeks, looked up: faster than to truncate the date of every row.
days AS (
    SELECT
        r.sale_date,
        date_trunc('week', r.sale_date::timestamp)::date AS sale_week
    FROM rollup.days AS r
),

cohorts AS (
    SELECT
        r.sale_date AS first_order_date,
        date_trunc('month', r.sale_date::timestamp)::date AS cohort_month
    FROM rollup.days AS r
)

SELECT
    d.sale_date,
    coalesce(d.country, 'Unknown') AS country,
    h.cohort_month,
    count(*) AS customers,
    sum(d.completed_orders)::bigint AS completed_orders,
    sum(d.total_revenue)::numeric(18, 2) AS total_revenue,
    count(*) FILTER (WHERE d.orders_before = 0) AS new_customers,
    coalesce(sum(d.total_revenue) FILTER (WHERE d.orders_before = 0), 0)::numeric(18, 2) AS new_customer_revenue,
    count(*) FILTER (
        WHERE d.days_since_previous IS NULL OR d.days_since_previous > d.sale_date - w.sale_week
    ) AS customers_new_to_week,
    count(*) FILTER (WHERE d.is_first_in_month) AS customers_new_to_month,
    coalesce(sum(d.total_revenue) FILTER (WHERE d.first_order_date >= w.sale_week), 0)::numeric(18, 2) AS week_newcomer_revenue
FROM rollup.customer_days AS d
INNER JOIN days AS w ON d.sale_date = w.sale_date
INNER JOIN cohorts AS h ON d.first_order_date = h.first_order_date
GROUP BY d.sale_date, coalesce(d.country, 'Unknown'), h.cohort_month;

COMMENT ON VIEW rollup.buyer_days_recounted IS
'after customer_days: What rollup.buyer_days must hold, counted from it. One row per day, country and cohort who bought.';
