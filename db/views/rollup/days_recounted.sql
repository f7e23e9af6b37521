CREATE VIEW rollup.days_recounted AS
SELECT
    h.sale_date,
    sum(h.total_orders)::bigint AS total_orders,
    sum(h.completed_orders)::bigint AS completed_orders,
    sum(h.total_revenue)::numeric(18, 2) AS total_revenue,
    sum(h.guest_orders)::bigint AS guest_orders,
    sum(h.guest_completed_orders)::bigint AS guest_completed_orders,
    sum(h.guest_revenue)::numeric(18, 2) AS guest_revenue
FROM rollup.day_hours AS h
GROUP BY h.sale_date;

COMMENT ON VIEW rollup.days_recounted IS
'at refresh: What rollup.days must hold, counted from rollup.day_hours. One row per day with an order.';
