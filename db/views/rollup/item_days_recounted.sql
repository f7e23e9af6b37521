CREATE VIEW rollup.item_days_recounted AS
WITH

orders AS (
    SELECT
        o.order_day,
        o.order_id,
        o.total_amount,
        o.status,
        sum(i.quantity) AS units,
        sum(i.total_amount) AS items_amount
    FROM staging.orders AS o
    LEFT JOIN staging.order_items AS i ON o.order_id = i.order_id
    -- Not by the key alone: a view that hangs on a key keeps a first load from dropping it.
    GROUP BY o.order_day, o.order_id, o.total_amount, o.status
)

SELECT
    o.order_day AS sale_date,
    coalesce(sum(o.units) FILTER (WHERE s.is_revenue), 0)::bigint AS units_sold,
    coalesce(sum(o.items_amount) FILTER (WHERE s.is_revenue), 0)::numeric(18, 2) AS items_revenue,
    count(*) FILTER (WHERE o.items_amount IS DISTINCT FROM o.total_amount) AS mismatched_orders,
    coalesce(
        sum(o.total_amount - coalesce(o.items_amount, 0)) FILTER (WHERE o.items_amount IS DISTINCT FROM o.total_amount), 0
    )::numeric(18, 2) AS mismatch_amount
FROM orders AS o
LEFT JOIN config.order_status AS s ON o.status = s.status
GROUP BY o.order_day;

COMMENT ON VIEW rollup.item_days_recounted IS
'at refresh: What rollup.item_days must hold, counted from staging. One row per day with an order.';
