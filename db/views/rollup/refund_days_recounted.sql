CREATE VIEW rollup.refund_days_recounted AS
SELECT
    greatest(o.refunded_at::date, o.order_day) AS sale_date,
    count(*) AS refunded_orders,
    sum(o.refunded_amount)::numeric(18, 2) AS refunded_amount
FROM staging.orders AS o
INNER JOIN config.order_status AS s ON o.status = s.status
WHERE s.is_revenue AND o.refunded_amount > 0
GROUP BY greatest(o.refunded_at::date, o.order_day);

COMMENT ON VIEW rollup.refund_days_recounted IS
'at refresh: What rollup.refund_days must hold, counted from staging. One row per day on which something was paid back.';
