-- One row per product and one to show beside it, of the 50 products that bring most.
WITH

best AS (
    SELECT
        p.product_id,
        p.category,
        row_number() OVER (ORDER BY p.total_revenue DESC, p.product_id COLLATE "C" ASC) AS place
    FROM bi.product_performance AS p
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
WHERE b.place <= 50
ORDER BY b.place, r.recommendation_rank;
