CREATE VIEW rollup.customers_recounted AS
SELECT
    o.customer_id,
    count(*) AS total_orders,
    count(*) FILTER (WHERE s.is_revenue) AS completed_orders,
    coalesce(sum(o.total_amount) FILTER (WHERE s.is_revenue), 0)::numeric(18, 2) AS total_revenue,
    min(o.order_day) FILTER (WHERE s.is_revenue) AS first_order_date,
    max(o.order_day) FILTER (WHERE s.is_revenue) AS last_order_date,
    count(DISTINCT o.order_day) FILTER (WHERE s.is_revenue) AS purchase_days
FROM staging.orders AS o
LEFT JOIN config.order_status AS s ON o.status = s.status
WHERE o.customer_id IS NOT NULL
GROUP BY o.customer_id;

COMMENT ON VIEW rollup.customers_recounted IS
'at once: What rollup.customers must hold, counted from staging. One row per customer with an order.';
