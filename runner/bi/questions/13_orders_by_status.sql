-- Orders by status and month
-- What is cancelled, returned, or still open?
-- bar: sale_month, total_orders; by status
SELECT
    o.sale_month,
    o.status,
    o.total_orders
FROM bi.order_funnel AS o
ORDER BY o.sale_month, o.status;
