CREATE VIEW rollup.days_recounted AS
SELECT
    o.order_day AS sale_date,
    count(*) AS total_orders,
    count(*) FILTER (WHERE s.is_revenue) AS completed_orders,
    coalesce(sum(o.total_amount) FILTER (WHERE s.is_revenue), 0)::numeric(18, 2) AS total_revenue,
    count(*) FILTER (WHERE o.customer_id IS NULL) AS guest_orders,
    count(*) FILTER (WHERE s.is_revenue AND o.customer_id IS NULL) AS guest_completed_orders,
    coalesce(sum(o.total_amount) FILTER (WHERE s.is_revenue AND o.customer_id IS NULL), 0)::numeric(18, 2)
        AS guest_revenue,
    count(DISTINCT o.customer_id) FILTER (WHERE s.is_revenue) AS unique_customers,
    coalesce(sum(o.discount_amount) FILTER (WHERE s.is_revenue), 0)::numeric(18, 2) AS discount_amount,
    coalesce(sum(o.tax_amount) FILTER (WHERE s.is_revenue), 0)::numeric(18, 2) AS tax_amount,
    coalesce(sum(o.shipping_amount) FILTER (WHERE s.is_revenue), 0)::numeric(18, 2) AS shipping_amount,
    coalesce(sum(o.refunded_amount) FILTER (WHERE s.is_revenue), 0)::numeric(18, 2) AS refunded_amount
FROM staging.orders AS o
LEFT JOIN config.order_status AS s ON o.status = s.status
GROUP BY o.order_day;

COMMENT ON VIEW rollup.days_recounted IS
'at once: What rollup.days must hold, counted from staging. One row per day with an order.';
