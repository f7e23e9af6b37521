CREATE VIEW rollup.product_days_recounted AS
WITH

-- An order may hold a product on two lines and is still one order of it.
ordered_products AS (
    SELECT
        o.order_day,
        i.product_id,
        i.order_id,
        coalesce(s.is_revenue, false) AS is_revenue,
        sum(i.quantity) AS quantity,
        sum(i.total_amount) AS total_amount
    FROM staging.orders AS o
    INNER JOIN staging.order_items AS i ON o.order_id = i.order_id
    LEFT JOIN config.order_status AS s ON o.status = s.status
    GROUP BY o.order_day, i.product_id, i.order_id, coalesce(s.is_revenue, false)
)

SELECT
    order_day AS sale_date,
    product_id,
    count(*) AS total_orders,
    count(*) FILTER (WHERE is_revenue) AS completed_orders,
    coalesce(sum(quantity) FILTER (WHERE is_revenue), 0)::bigint AS quantity_sold,
    coalesce(sum(total_amount) FILTER (WHERE is_revenue), 0)::numeric(18, 2) AS total_revenue
FROM ordered_products
GROUP BY order_day, product_id;

COMMENT ON VIEW rollup.product_days_recounted IS
'What rollup.product_days must hold, counted from staging. One row per day and product that was ordered.';
