CREATE MATERIALIZED VIEW analytics.product_affinity AS
WITH

shop AS (
    SELECT sum(d.completed_orders) AS completed_orders
    FROM rollup.days AS d
),

products AS (
    SELECT
        m.product_id,
        sum(m.completed_orders)::bigint AS completed_orders
    FROM rollup.product_months AS m
    GROUP BY m.product_id
)

SELECT
    q.product_id,
    q.other_product_id,
    p.product_name,
    o.product_name AS other_product_name,
    coalesce(p.category, 'Uncategorized') AS category,
    coalesce(o.category, 'Uncategorized') AS other_category,
    q.completed_orders,
    a.completed_orders AS product_orders,
    b.completed_orders AS other_product_orders,
    (100 * q.completed_orders / s.completed_orders)::numeric(10, 6) AS support,
    (100.0 * q.completed_orders / a.completed_orders)::numeric(7, 4) AS confidence,
    (100.0 * q.completed_orders / b.completed_orders)::numeric(7, 4) AS other_confidence,
    (q.completed_orders * s.completed_orders / (a.completed_orders * b.completed_orders))::numeric(18, 4) AS lift,
    NULL::boolean AS no_duplicate_check
FROM rollup.pairs AS q
CROSS JOIN shop AS s
INNER JOIN products AS a ON q.product_id = a.product_id
INNER JOIN products AS b ON q.other_product_id = b.product_id
INNER JOIN staging.products AS p ON q.product_id = p.product_id
INNER JOIN staging.products AS o ON q.other_product_id = o.product_id;

CREATE UNIQUE INDEX product_affinity_product_id_other_product_id_key
ON analytics.product_affinity (product_id, other_product_id);

COMMENT ON MATERIALIZED VIEW analytics.product_affinity IS
'One row per pair of products bought together in at least config.affinity.min_orders completed orders, each pair once.';
COMMENT ON COLUMN analytics.product_affinity.product_id IS 'Key. Of the two products the first by id.';
COMMENT ON COLUMN analytics.product_affinity.other_product_id IS 'Key. The second.';
COMMENT ON COLUMN analytics.product_affinity.product_name IS 'Name of the first.';
COMMENT ON COLUMN analytics.product_affinity.other_product_name IS 'Name of the second.';
COMMENT ON COLUMN analytics.product_affinity.category IS 'Category of the first; Uncategorized when it has none.';
COMMENT ON COLUMN analytics.product_affinity.other_category IS 'Category of the second; Uncategorized when it has none.';
COMMENT ON COLUMN analytics.product_affinity.completed_orders IS 'Completed orders with both.';
COMMENT ON COLUMN analytics.product_affinity.product_orders IS 'Completed orders with the first.';
COMMENT ON COLUMN analytics.product_affinity.other_product_orders IS 'Completed orders with the second.';
COMMENT ON COLUMN analytics.product_affinity.support IS 'Orders with both in percent of all completed orders.';
COMMENT ON COLUMN analytics.product_affinity.confidence IS
'Who buys the first also buys the second: orders with both in percent of the orders with the first.';
COMMENT ON COLUMN analytics.product_affinity.other_confidence IS
'Who buys the second also buys the first: orders with both in percent of the orders with the second.';
COMMENT ON COLUMN analytics.product_affinity.lift IS
'How many times as often as if the two were bought independently: support of the pair / (support of the first × of the second).';
COMMENT ON COLUMN analytics.product_affinity.no_duplicate_check IS
'Internal: always NULL. A refresh searches the rows that hold no NULL for equal ones, which the key excludes already.';
