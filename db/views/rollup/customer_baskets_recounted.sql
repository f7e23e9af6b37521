CREATE VIEW rollup.customer_baskets_recounted AS
WITH

categories AS (
    SELECT
        c.customer_id,
        coalesce(p.category, 'Uncategorized') AS category,
        count(*) AS products_bought,
        sum(c.quantity_bought) AS quantity_bought,
        sum(c.total_revenue) AS total_revenue,
        bit_xor(hashtextextended(c.product_id, 0)) AS products_hash
    FROM rollup.customer_products AS c
    INNER JOIN staging.products AS p ON c.product_id = p.product_id
    GROUP BY c.customer_id, coalesce(p.category, 'Uncategorized')
)

SELECT
    customer_id,
    sum(products_bought)::bigint AS products_bought,
    sum(quantity_bought)::bigint AS quantity_bought,
    (array_agg(category ORDER BY total_revenue DESC, quantity_bought DESC, category COLLATE "C" ASC))[1] COLLATE "C"
        AS favourite_category,
    bit_xor(products_hash) AS products_hash
FROM categories
GROUP BY customer_id;

COMMENT ON VIEW rollup.customer_baskets_recounted IS
'at refresh: What rollup.customer_baskets must hold, counted from rollup.customer_products. One row per customer who bought.';
