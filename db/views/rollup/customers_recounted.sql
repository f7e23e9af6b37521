CREATE VIEW rollup.customers_recounted AS
WITH

orders AS (
    SELECT
        o.customer_id,
        o.order_day,
        o.total_amount,
        coalesce(s.is_revenue, false) AS is_revenue,
        -- Days from the order to today; a later order is in no window.
        CASE WHEN s.is_revenue AND o.order_day <= k.as_of THEN k.as_of - o.order_day END AS age,
        -- A query of its own is computed once, not for each order.
        s.is_revenue AND o.order_day <= (SELECT (y.as_of - interval '1 year')::date FROM config.clock AS y) AS is_year_old
    FROM staging.orders AS o
    CROSS JOIN config.clock AS k
    LEFT JOIN config.order_status AS s ON o.status = s.status
    WHERE o.customer_id IS NOT NULL
)

SELECT
    customer_id,
    count(*) AS total_orders,
    count(*) FILTER (WHERE is_revenue) AS completed_orders,
    coalesce(sum(total_amount) FILTER (WHERE is_revenue), 0)::numeric(18, 2) AS total_revenue,
    min(order_day) FILTER (WHERE is_revenue) AS first_order_date,
    max(order_day) FILTER (WHERE is_revenue) AS last_order_date,
    count(*) FILTER (WHERE age < 30) AS orders_30_days,
    coalesce(sum(total_amount) FILTER (WHERE age < 30), 0)::numeric(18, 2) AS revenue_30_days,
    count(*) FILTER (WHERE age < 90) AS orders_90_days,
    coalesce(sum(total_amount) FILTER (WHERE age < 90), 0)::numeric(18, 2) AS revenue_90_days,
    count(*) FILTER (WHERE age < 365) AS orders_365_days,
    coalesce(sum(total_amount) FILTER (WHERE age < 365), 0)::numeric(18, 2) AS revenue_365_days,
    count(*) FILTER (WHERE age >= 30) AS orders_30_days_ago,
    max(order_day) FILTER (WHERE age >= 30) AS last_order_30_days_ago,
    count(*) FILTER (WHERE is_year_old) AS orders_year_ago,
    max(order_day) FILTER (WHERE is_year_old) AS last_order_year_ago,
    coalesce(sum(total_amount) FILTER (WHERE age >= 30), 0)::numeric(18, 2) AS revenue_30_days_ago,
    coalesce(sum(total_amount) FILTER (WHERE is_year_old), 0)::numeric(18, 2) AS revenue_year_ago
FROM orders
GROUP BY customer_id;

COMMENT ON VIEW rollup.customers_recounted IS
'at refresh: What rollup.customers must hold, counted from staging. One row per customer with an order.';
