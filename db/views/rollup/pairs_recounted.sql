CREATE VIEW rollup.pairs_recounted AS
SELECT
    d.pair_hash,
    d.product_id,
    d.other_product_id,
    sum(d.completed_orders::integer) AS completed_orders
FROM rollup.pair_days AS d
GROUP BY d.pair_hash, d.product_id, d.other_product_id
HAVING sum(d.completed_orders::integer) >= (SELECT a.min_orders FROM config.affinity AS a);

COMMENT ON VIEW rollup.pairs_recounted IS
'after pair_days: What rollup.pairs must hold, counted from it. One row per pair that reaches config.affinity.min_orders.';
