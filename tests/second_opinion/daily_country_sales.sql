WITH sold AS (
    SELECT
        coalesce(c.country, 'Unknown') AS country,
        o.order_date::date AS day,
        min(o.order_date::date) OVER (PARTITION BY o.customer_id) AS first_day,
        min(o.order_date::date) OVER (PARTITION BY o.customer_id, date_trunc('month', o.order_date)) AS first_of_month,
        o.customer_id,
        o.total_amount
    FROM orders AS o LEFT JOIN customers AS c USING (customer_id)
    WHERE o.status IN ('completed', 'shipped', 'delivered')
)
SELECT
    country,
    day AS sale_date,
    count(*) AS completed_orders,
    sum(total_amount) AS total_revenue,
    cents(sum(total_amount), count(*)) AS avg_order_value,
    count(DISTINCT customer_id) AS unique_customers,
    count(DISTINCT customer_id) FILTER (first_day = day) AS new_customers,
    count(DISTINCT customer_id) FILTER (first_of_month = day) AS customers_new_to_month,
    coalesce(sum(total_amount) FILTER (customer_id IS NOT NULL AND strftime(first_day, '%Y%m') = strftime(day, '%Y%m')), 0)
        AS month_newcomer_revenue
FROM sold
GROUP BY country, day
