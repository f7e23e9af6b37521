-- One row per pair of products bought together more often than by chance, the most frequent first; at most 100.
SELECT
    a.product_name,
    a.other_product_name,
    a.category,
    a.other_category,
    a.completed_orders,
    a.confidence,
    a.lift
FROM bi.product_affinity AS a
WHERE a.lift > 1
ORDER BY a.completed_orders DESC, a.lift DESC, a.product_id COLLATE "C", a.other_product_id COLLATE "C"
LIMIT 100;
