WITH known AS (
    SELECT unnest(['completed', 'shipped', 'delivered']) AS status, 'completed' AS outcome
    UNION ALL SELECT unnest(['pending', 'processing', 'on_hold']), 'open'
    UNION ALL SELECT unnest(['cancelled', 'failed']), 'cancelled'
    UNION ALL SELECT unnest(['returned', 'refunded']), 'returned'
)
SELECT
    o.order_date::date AS sale_date,
    o.status,
    coalesce(any_value(k.outcome), 'unknown') AS outcome,
    count(*) AS total_orders,
    sum(o.total_amount) AS total_amount,
    count(*) FILTER (k.outcome = 'open' AND o.order_date::date < $as_of - 14) AS overdue_orders
FROM orders AS o LEFT JOIN known AS k USING (status)
GROUP BY o.order_date::date, o.status
