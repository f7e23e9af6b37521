CREATE VIEW rollup.customer_days_recounted AS
WITH

days AS (
    SELECT
        o.customer_id,
        o.order_day AS sale_date,
        count(*) AS completed_orders,
        sum(o.total_amount)::numeric(18, 2) AS total_revenue
    FROM staging.orders AS o
    INNER JOIN config.order_status AS s ON o.status = s.status
    WHERE s.is_revenue AND o.customer_id IS NOT NULL
    GROUP BY o.customer_id, o.order_day
)

SELECT
    customer_id,
    sale_date,
    completed_orders,
    total_revenue,
    (sum(completed_orders) OVER history - completed_orders)::bigint AS orders_before,
    first_value(sale_date) OVER history AS first_order_date,
    sale_date - lag(sale_date) OVER history AS days_since_previous,
    coalesce(
        date_trunc('month', sale_date::timestamp) > date_trunc('month', lag(sale_date) OVER history::timestamp), true
    ) AS is_first_in_month
FROM days
WINDOW history AS (PARTITION BY customer_id ORDER BY sale_date);

COMMENT ON VIEW rollup.customer_days_recounted IS
'at refresh: What rollup.customer_days must hold, counted from staging. One row per customer and day with a completed order.';
