-- One row per period, weekday and hour: orders and revenue.
SELECT
    p.for_period,
    extract(ISODOW FROM h.sale_date)::integer AS weekday,
    h.order_hour,
    sum(h.completed_orders) AS completed_orders,
    sum(h.total_revenue) AS total_revenue
FROM live.day_hours AS h
INNER JOIN bi.kpi_summary AS k ON h.sale_date <= k.as_of
INNER JOIN (VALUES (7), (30), (90), (365), (0)) AS p (for_period)
    ON p.for_period = 0 OR h.sale_date > k.as_of - p.for_period
GROUP BY p.for_period, extract(ISODOW FROM h.sale_date), h.order_hour
HAVING sum(h.completed_orders) > 0
ORDER BY p.for_period, extract(ISODOW FROM h.sale_date), h.order_hour;
