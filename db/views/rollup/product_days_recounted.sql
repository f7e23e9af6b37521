CREATE VIEW rollup.product_days_recounted AS
SELECT
    o.order_day AS sale_date,
    i.product_id,
    count(DISTINCT i.order_id) AS total_orders,
    count(DISTINCT i.order_id) FILTER (WHERE s.is_revenue) AS completed_orders,
    coalesce(sum(i.quantity) FILTER (WHERE s.is_revenue), 0)::bigint AS quantity_sold,
    coalesce(sum(i.total_amount) FILTER (WHERE s.is_revenue), 0)::numeric(18, 2) AS total_revenue
FROM staging.orders AS o
INNER JOIN staging.order_items AS i ON o.order_id = i.order_id
LEFT JOIN config.order_status AS s ON o.status = s.status
GROUP BY o.order_day, i.product_id;

COMMENT ON VIEW rollup.product_days_recounted IS
'at once: What rollup.product_days must hold, counted from staging. An order with a product on two lines is one order of it.';
