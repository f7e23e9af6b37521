CREATE VIEW rollup.product_days_recounted AS
WITH

sold AS (
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
    GROUP BY o.order_day, i.product_id
)

SELECT
    d.sale_date,
    d.product_id,
    d.total_orders,
    d.completed_orders,
    d.quantity_sold,
    d.total_revenue,
    CASE WHEN d.quantity_sold > 0 THEN d.quantity_sold * p.cost END::numeric(18, 2) AS total_cost,
    (d.quantity_sold * p.price)::numeric(18, 2) AS list_amount
FROM sold AS d
LEFT JOIN staging.product_prices AS p
    ON d.product_id = p.product_id AND d.sale_date >= p.valid_from AND d.sale_date < coalesce(p.valid_to, 'infinity');

COMMENT ON VIEW rollup.product_days_recounted IS
'at refresh: What rollup.product_days must hold, counted from staging. An order with a product on two lines is one order of it.';
