CREATE VIEW rollup.item_days_recounted AS
WITH

orders AS (
    SELECT
        o.order_day,
        o.order_id,
        o.total_amount,
        s.is_revenue,
        sum(i.quantity) AS units,
        sum(i.total_amount) AS items_amount
    FROM staging.orders AS o
    LEFT JOIN staging.order_items AS i ON o.order_id = i.order_id
    LEFT JOIN config.order_status AS s ON o.status = s.status
    GROUP BY o.order_day, o.order_id, o.total_amount, s.is_revenue
)

SELECT
    order_day AS sale_date,
    coalesce(sum(units) FILTER (WHERE is_revenue), 0)::bigint AS units_sold,
    coalesce(sum(items_amount) FILTER (WHERE is_revenue), 0)::numeric(18, 2) AS items_revenue,
    count(*) FILTER (WHERE items_amount IS DISTINCT FROM total_amount) AS mismatched_orders,
    coalesce(
        sum(total_amount - coalesce(items_amount, 0)) FILTER (WHERE items_amount IS DISTINCT FROM total_amount), 0
    )::numeric(18, 2) AS mismatch_amount
FROM orders
GROUP BY order_day;

COMMENT ON VIEW rollup.item_days_recounted IS
'What rollup.item_days must hold, counted from staging. One row per day with an order.';
