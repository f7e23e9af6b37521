CREATE VIEW rollup.pair_days_recounted AS
WITH

baskets AS (
    SELECT
        o.order_day,
        o.order_id,
        array_agg(DISTINCT i.product_id) AS product_ids
    FROM staging.orders AS o
    INNER JOIN config.order_status AS s ON o.status = s.status
    INNER JOIN staging.order_items AS i ON o.order_id = i.order_id
    WHERE s.is_revenue
    GROUP BY o.order_day, o.order_id
)

SELECT
    b.order_day AS sale_date,
    p.product_id,
    q.product_id AS other_product_id,
    count(*) AS completed_orders,
    hashtext(concat_ws(' ', p.product_id, q.product_id)) AS pair_hash
FROM baskets AS b
CROSS JOIN unnest(b.product_ids) AS p (product_id)
CROSS JOIN unnest(b.product_ids) AS q (product_id)
WHERE p.product_id < q.product_id
GROUP BY b.order_day, p.product_id, q.product_id;

COMMENT ON VIEW rollup.pair_days_recounted IS
'at refresh: What rollup.pair_days must hold, counted from staging. One row per day and pair bought in one order.';
