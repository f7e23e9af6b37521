-- One row per month and status. Key: sale_month, status
WITH

months AS (
    SELECT
        date_trunc('month', o.order_date)::date AS sale_month,
        o.status,
        count(*) AS total_orders,
        sum(o.total_amount) AS total_amount,
        avg(CASE WHEN o.status IN ('pending', 'processing', 'on_hold') THEN k.as_of - o.order_day END) AS average_days_open
    FROM orders AS o
    CROSS JOIN clock AS k
    GROUP BY date_trunc('month', o.order_date)::date, o.status
)

SELECT
    m.sale_month,
    m.status,
    m.total_orders,
    m.total_amount::numeric(18, 2) AS total_amount,
    (100.0 * m.total_orders / sum(m.total_orders) OVER month)::numeric(5, 2) AS share_of_orders,
    (100.0 * sum(CASE WHEN m.status = 'cancelled' THEN m.total_orders END) OVER month / sum(m.total_orders) OVER month)
    ::numeric(5, 2) AS cancellation_rate,
    (
        100.0 * sum(CASE WHEN m.status IN ('returned', 'refunded') THEN m.total_orders END) OVER month
        / sum(m.total_orders) OVER month
    )::numeric(5, 2) AS return_rate,
    m.average_days_open::numeric(9, 1) AS average_days_open
FROM months AS m
WINDOW month AS (PARTITION BY m.sale_month)
