CREATE VIEW rollup.customer_products_recounted AS
SELECT
    o.customer_id,
    i.product_id,
    count(DISTINCT o.order_id) AS completed_orders,
    sum(i.quantity)::bigint AS quantity_bought,
    sum(i.total_amount)::numeric(18, 2) AS total_revenue
FROM staging.orders AS o
INNER JOIN config.order_status AS s ON o.status = s.status
INNER JOIN staging.order_items AS i ON o.order_id = i.order_id
WHERE s.is_revenue AND o.customer_id IS NOT NULL
GROUP BY o.customer_id, i.product_id;

COMMENT ON VIEW rollup.customer_products_recounted IS
'at refresh: What rollup.customer_products must hold, counted from staging. One row per customer and product bought.';
