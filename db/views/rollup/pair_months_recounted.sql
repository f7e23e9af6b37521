CREATE VIEW rollup.pair_months_recounted AS
WITH

month_days AS (
    SELECT
        d.sale_date,
        date_trunc('month', d.sale_date::timestamp)::date AS sale_month
    FROM rollup.days AS d
),

baskets AS (
    SELECT
        m.sale_month,
        o.order_id,
        array_agg(DISTINCT i.product_id) AS product_ids
    FROM month_days AS m
    INNER JOIN staging.orders AS o ON m.sale_date = o.order_day
    INNER JOIN config.order_status AS s ON o.status = s.status
    INNER JOIN staging.order_items AS i ON o.order_id = i.order_id
    WHERE s.is_revenue
    GROUP BY m.sale_month, o.order_id
)

SELECT
    b.sale_month,
    p.product_id,
    q.product_id AS other_product_id,
    count(*) AS completed_orders
FROM baskets AS b
CROSS JOIN unnest(b.product_ids) AS p (product_id)
CROSS JOIN unnest(b.product_ids) AS q (product_id)
WHERE p.product_id < q.product_id
GROUP BY b.sale_month, p.product_id, q.product_id;

COMMENT ON VIEW rollup.pair_months_recounted IS
'at refresh: What rollup.pair_months must hold, counted from staging. One row per month and pair bought in one order.';
