CREATE VIEW rollup.day_hours_recounted AS
SELECT
    o.order_day AS sale_date,
    extract(HOUR FROM o.order_date)::smallint AS order_hour,
    count(*) AS total_orders,
    count(*) FILTER (WHERE s.is_revenue) AS completed_orders,
    coalesce(sum(o.total_amount) FILTER (WHERE s.is_revenue), 0)::numeric(18, 2) AS total_revenue
FROM staging.orders AS o
LEFT JOIN config.order_status AS s ON o.status = s.status
GROUP BY o.order_day, extract(HOUR FROM o.order_date)::smallint;

COMMENT ON VIEW rollup.day_hours_recounted IS
'at once: What rollup.day_hours must hold, counted from staging. One row per day and hour with an order.';
