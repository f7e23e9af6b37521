-- One row per hour of today, live.
SELECT
    h.sale_date,
    h.order_hour,
    h.completed_orders,
    h.total_revenue
FROM live.hours_today AS h
ORDER BY h.order_hour;
