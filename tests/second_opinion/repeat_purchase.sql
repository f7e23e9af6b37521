WITH numbered AS (
    SELECT
        row_number() OVER (PARTITION BY customer_id ORDER BY order_date, order_id) AS number,
        order_date::date - lag(order_date::date) OVER (PARTITION BY customer_id ORDER BY order_date, order_id) AS gap
    FROM orders WHERE status IN ('completed', 'shipped', 'delivered') AND customer_id IS NOT NULL
)
SELECT
    n AS order_number,
    count(o.number) AS customers,
    ratio(100 * customers, first_value(customers) OVER (ORDER BY n), 4) AS customer_share,
    ratio(100 * customers, lag(customers) OVER (ORDER BY n), 4) AS repeat_rate,
    ratio(median(o.gap) * 2, 2, 1) AS median_days_since_previous
FROM range(1, 11) AS t (n) LEFT JOIN numbered AS o ON o.number = n
GROUP BY n
