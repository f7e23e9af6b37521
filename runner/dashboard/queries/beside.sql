-- One row per product and one to show beside it, of the 50 products that bring most.
WITH

best AS (
    SELECT
        p.product_id,
        p.category,
        p.total_revenue
    FROM bi.product_performance AS p
    ORDER BY p.total_revenue DESC, p.product_id COLLATE "C"
    LIMIT 50
)

SELECT
    r.product_name,
    b.category,
    r.recommendation_rank,
    r.other_product_name,
    r.completed_orders,
    r.similarity
FROM best AS b
INNER JOIN bi.product_recommendations AS r ON b.product_id = r.product_id
ORDER BY b.total_revenue DESC, b.product_id COLLATE "C", r.recommendation_rank;
