CREATE VIEW rollup.status_days_recounted AS
SELECT
    o.order_day AS sale_date,
    o.status,
    count(*) AS total_orders,
    sum(o.total_amount)::numeric(18, 2) AS total_amount,
    sum(o.discount_amount)::numeric(18, 2) AS discount_amount,
    sum(o.tax_amount)::numeric(18, 2) AS tax_amount,
    sum(o.shipping_amount)::numeric(18, 2) AS shipping_amount,
    sum(o.refunded_amount)::numeric(18, 2) AS refunded_amount
FROM staging.orders AS o
GROUP BY o.order_day, o.status;

COMMENT ON VIEW rollup.status_days_recounted IS
'at refresh: What rollup.status_days must hold, counted from staging. One row per day and status of its orders.';
