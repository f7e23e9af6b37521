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
    d.customer_id,
    d.sale_date,
    d.completed_orders,
    d.total_revenue,
    (sum(d.completed_orders) OVER history - d.completed_orders)::bigint AS orders_before,
    first_value(d.sale_date) OVER history AS first_order_date,
    d.sale_date - lag(d.sale_date) OVER history AS days_since_previous,
    coalesce(
        date_trunc('month', d.sale_date::timestamp) > date_trunc('month', lag(d.sale_date) OVER history::timestamp), true
    ) AS is_first_in_month,
    c.country
FROM days AS d
INNER JOIN staging.customers AS c ON d.customer_id = c.customer_id
WINDOW history AS (PARTITION BY d.customer_id ORDER BY d.sale_date);

COMMENT ON VIEW rollup.customer_days_recounted IS
'at refresh: What rollup.customer_days must hold, counted from staging. One row per customer and day with a completed order.';
