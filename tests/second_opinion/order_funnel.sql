WITH known AS (
    FROM (VALUES
        ('completed', 'completed'), ('shipped', 'completed'), ('delivered', 'completed'), ('pending', 'open'),
        ('processing', 'open'), ('on_hold', 'open'), ('cancelled', 'cancelled'), ('failed', 'cancelled'),
        ('returned', 'returned'), ('refunded', 'returned')
    ) AS t (status, outcome)
),
placed AS (
    SELECT
        date_trunc('month', o.order_date)::date AS month,
        o.status,
        coalesce(k.outcome, 'unknown') AS outcome,
        o.total_amount,
        o.order_date::date AS day,
        greatest($as_of - o.order_date::date, 0) AS age
    FROM orders AS o LEFT JOIN known AS k USING (status)
),
months AS (SELECT sale_month AS month, is_partial FROM monthly_sales),
totals AS (
    SELECT
        month,
        count(*) AS orders,
        sum(total_amount) AS amount,
        count(*) FILTER (outcome = 'cancelled') AS cancelled,
        count(*) FILTER (outcome = 'returned') AS returned,
        count(*) FILTER (outcome IN ('completed', 'returned')) AS kept
    FROM placed GROUP BY ALL
)
SELECT
    m.month AS sale_month,
    s.status,
    s.outcome,
    count(p.day) AS total_orders,
    coalesce(sum(p.total_amount), 0) AS total_amount,
    percent(count(p.day), any_value(t.orders)) AS orders_share,
    percent(coalesce(sum(p.total_amount), 0), any_value(t.amount)) AS amount_share,
    percent(any_value(t.cancelled), any_value(t.orders)) AS cancellation_rate,
    percent(any_value(t.returned), any_value(t.kept)) AS return_rate,
    cents(sum(p.age) FILTER (s.outcome = 'open'), count(p.age)) AS avg_open_days,
    min(p.day) FILTER (s.outcome = 'open') AS oldest_open_date,
    count(*) FILTER (s.outcome = 'open' AND p.age > 14) AS overdue_orders,
    coalesce(sum(p.total_amount) FILTER (s.outcome = 'open' AND p.age > 14), 0) AS overdue_amount,
    m.is_partial
FROM months AS m CROSS JOIN (SELECT DISTINCT status, outcome FROM placed) AS s
LEFT JOIN placed AS p ON p.month = m.month AND p.status = s.status
LEFT JOIN totals AS t ON t.month = m.month
GROUP BY m.month, m.is_partial, s.status, s.outcome
