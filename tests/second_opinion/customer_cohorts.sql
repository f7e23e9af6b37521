WITH sales AS (
    SELECT customer_id, date_trunc('month', order_date)::date AS month, count(*) AS n, sum(total_amount) AS revenue
    FROM orders WHERE status IN ('completed', 'shipped', 'delivered') AND customer_id IS NOT NULL GROUP BY ALL
),
members AS (SELECT customer_id, min(month) AS cohort FROM sales GROUP BY customer_id),
calendar AS (
    SELECT unnest(generate_series(min(month), greatest(max(month), $as_of), INTERVAL 1 MONTH))::date AS month FROM sales
)
SELECT
    m.cohort AS cohort_month,
    date_diff('month', m.cohort, c.month) AS months_since,
    c.month AS sale_month,
    last_day(c.month) > $as_of AS is_partial,
    count(DISTINCT m.customer_id) AS customers,
    count(DISTINCT m.customer_id) FILTER (s.month = c.month) AS retained_customers,
    ratio(100 * retained_customers, customers, 4) AS retention_rate,
    coalesce(sum(s.n) FILTER (s.month = c.month), 0)::bigint AS completed_orders,
    coalesce(sum(s.revenue) FILTER (s.month = c.month), 0) AS total_revenue,
    ratio(100 * sum(s.revenue), customers, 0) * 0.01 AS cumulative_revenue_per_customer
FROM members AS m JOIN calendar AS c ON c.month >= m.cohort JOIN sales AS s ON s.customer_id = m.customer_id AND s.month <= c.month
GROUP BY m.cohort, c.month
