CREATE MATERIALIZED VIEW analytics.order_funnel AS
WITH

months AS (
    SELECT
        m.sale_month,
        m.is_partial
    FROM analytics.monthly_sales AS m
),

statuses AS (
    SELECT
        d.status,
        coalesce(s.order_outcome, 'unknown') AS outcome
    FROM (SELECT DISTINCT r.status FROM rollup.status_days AS r) AS d
    LEFT JOIN config.order_status AS s ON d.status = s.status
),

orders AS (
    SELECT
        d.status,
        date_trunc('month', d.sale_date::timestamp)::date AS sale_month,
        min(d.sale_date) AS first_date,
        sum(d.total_orders) AS total_orders,
        sum(d.total_amount) AS total_amount,
        sum(d.total_orders * greatest(k.as_of - d.sale_date, 0)) AS days_since_order,
        sum(d.total_orders) FILTER (WHERE k.as_of - d.sale_date > f.max_open_days) AS overdue_orders,
        sum(d.total_amount) FILTER (WHERE k.as_of - d.sale_date > f.max_open_days) AS overdue_amount
    FROM rollup.status_days AS d
    CROSS JOIN config.clock AS k
    CROSS JOIN config.order_funnel AS f
    GROUP BY d.status, date_trunc('month', d.sale_date::timestamp)
),

month_statuses AS (
    SELECT
        m.sale_month,
        m.is_partial,
        s.status,
        s.outcome,
        o.first_date,
        o.days_since_order,
        coalesce(o.total_orders, 0) AS total_orders,
        coalesce(o.total_amount, 0) AS total_amount,
        coalesce(o.overdue_orders, 0) AS overdue_orders,
        coalesce(o.overdue_amount, 0) AS overdue_amount,
        sum(o.total_orders) OVER month AS month_orders,
        sum(o.total_amount) OVER month AS month_amount,
        coalesce(sum(o.total_orders) FILTER (WHERE s.outcome = 'completed') OVER month, 0) AS kept_orders,
        coalesce(sum(o.total_orders) FILTER (WHERE s.outcome = 'cancelled') OVER month, 0) AS cancelled_orders,
        coalesce(sum(o.total_orders) FILTER (WHERE s.outcome = 'returned') OVER month, 0) AS returned_orders
    FROM months AS m
    CROSS JOIN statuses AS s
    LEFT JOIN orders AS o ON m.sale_month = o.sale_month AND s.status = o.status
    WINDOW month AS (PARTITION BY m.sale_month)
)

SELECT
    m.sale_month,
    m.status,
    m.outcome,
    m.total_orders::bigint AS total_orders,
    m.total_amount::numeric(18, 2) AS total_amount,
    (100 * m.total_orders / nullif(m.month_orders, 0))::numeric(7, 4) AS orders_share,
    (100 * m.total_amount / nullif(m.month_amount, 0))::numeric(7, 4) AS amount_share,
    (100 * m.cancelled_orders / nullif(m.month_orders, 0))::numeric(7, 4) AS cancellation_rate,
    (100 * m.returned_orders / nullif(m.kept_orders + m.returned_orders, 0))::numeric(7, 4) AS return_rate,
    CASE WHEN m.outcome = 'open' THEN m.days_since_order / nullif(m.total_orders, 0) END::numeric(9, 2) AS avg_open_days,
    CASE WHEN m.outcome = 'open' THEN m.first_date END AS oldest_open_date,
    CASE WHEN m.outcome = 'open' THEN m.overdue_orders ELSE 0 END::bigint AS overdue_orders,
    CASE WHEN m.outcome = 'open' THEN m.overdue_amount ELSE 0 END::numeric(18, 2) AS overdue_amount,
    m.is_partial
FROM month_statuses AS m;

CREATE UNIQUE INDEX order_funnel_sale_month_status_key ON analytics.order_funnel (sale_month, status);

COMMENT ON MATERIALIZED VIEW analytics.order_funnel IS
'One row per month of the order and status that orders are in now. What an order went through before is not known.';
COMMENT ON COLUMN analytics.order_funnel.sale_month IS 'Key. First day of the month of the order.';
COMMENT ON COLUMN analytics.order_funnel.status IS 'Key. Status that the orders are in now.';
COMMENT ON COLUMN analytics.order_funnel.outcome IS
'What the status means: open, completed, cancelled or returned, by config.order_status; unknown for one that is not in it.';
COMMENT ON COLUMN analytics.order_funnel.total_orders IS 'Orders in the status.';
COMMENT ON COLUMN analytics.order_funnel.total_amount IS
'Value of the orders: sum of their total_amount, whether they count as revenue or not.';
COMMENT ON COLUMN analytics.order_funnel.orders_share IS
'Share of the month''s orders in percent: 100 × total_orders / total_orders of all statuses.';
COMMENT ON COLUMN analytics.order_funnel.amount_share IS
'Share of the month''s value in percent: 100 × total_amount / total_amount of all statuses.';
COMMENT ON COLUMN analytics.order_funnel.cancellation_rate IS
'Cancellation rate of the month in percent: 100 × orders with the outcome cancelled / all orders; the same on all rows of a '
'month.';
COMMENT ON COLUMN analytics.order_funnel.return_rate IS
'Return rate of the month in percent: 100 × orders with the outcome returned / orders with the outcome completed or returned; '
'the '
'same on all rows of a month.';
COMMENT ON COLUMN analytics.order_funnel.avg_open_days IS
'How long the orders have been open: days from the order to config.clock.as_of / total_orders; NULL for other outcomes.';
COMMENT ON COLUMN analytics.order_funnel.oldest_open_date IS 'Day of the oldest open order; NULL for other outcomes.';
COMMENT ON COLUMN analytics.order_funnel.overdue_orders IS
'Orders open for more days than config.order_funnel.max_open_days; 0 for other outcomes.';
COMMENT ON COLUMN analytics.order_funnel.overdue_amount IS 'Value of the overdue orders.';
COMMENT ON COLUMN analytics.order_funnel.is_partial IS
'The month begins before the first order, or is not over on config.clock.last_whole_day.';
