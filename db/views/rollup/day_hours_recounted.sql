CREATE VIEW rollup.day_hours_recounted AS
WITH

-- What a status means is looked up for groups, not for each order.
statuses AS (
    SELECT
        o.order_day,
        date_part('hour', o.order_date)::smallint AS order_hour,
        o.status,
        count(*) AS total_orders,
        sum(o.total_amount) AS total_amount,
        count(*) FILTER (WHERE o.customer_id IS NULL) AS guest_orders,
        coalesce(sum(o.total_amount) FILTER (WHERE o.customer_id IS NULL), 0) AS guest_amount
    FROM staging.orders AS o
    GROUP BY o.order_day, date_part('hour', o.order_date)::smallint, o.status
)

SELECT
    h.order_day AS sale_date,
    h.order_hour,
    sum(h.total_orders)::bigint AS total_orders,
    coalesce(sum(h.total_orders) FILTER (WHERE s.is_revenue), 0)::bigint AS completed_orders,
    coalesce(sum(h.total_amount) FILTER (WHERE s.is_revenue), 0)::numeric(18, 2) AS total_revenue,
    sum(h.guest_orders)::bigint AS guest_orders,
    coalesce(sum(h.guest_orders) FILTER (WHERE s.is_revenue), 0)::bigint AS guest_completed_orders,
    coalesce(sum(h.guest_amount) FILTER (WHERE s.is_revenue), 0)::numeric(18, 2) AS guest_revenue
FROM statuses AS h
LEFT JOIN config.order_status AS s ON h.status = s.status
GROUP BY h.order_day, h.order_hour;

COMMENT ON VIEW rollup.day_hours_recounted IS
'at refresh: What rollup.day_hours must hold, counted from staging. One row per day and hour with an order.';
