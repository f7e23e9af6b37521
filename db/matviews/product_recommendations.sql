CREATE MATERIALIZED VIEW analytics.product_recommendations AS
SELECT
    n.product_id,
    n.neighbour_rank AS recommendation_rank,
    n.other_product_id,
    p.product_name,
    o.product_name AS other_product_name,
    n.completed_orders,
    n.similarity
FROM predict.product_neighbour AS n
INNER JOIN predict.model AS m ON m.model_name = 'product_recommendations' AND m.is_usable
INNER JOIN staging.products AS p ON n.product_id = p.product_id
INNER JOIN staging.products AS o ON n.other_product_id = o.product_id
ORDER BY n.product_id, n.neighbour_rank;

CREATE UNIQUE INDEX product_recommendations_product_id_recommendation_rank_key
ON analytics.product_recommendations (product_id, recommendation_rank);

COMMENT ON MATERIALIZED VIEW analytics.product_recommendations IS
'One row per product and one of at most five others to show beside it. How often that hits: analytics.model_backtests.';
COMMENT ON COLUMN analytics.product_recommendations.product_id IS 'Key. The product that is looked at.';
COMMENT ON COLUMN analytics.product_recommendations.recommendation_rank IS
'Key. 1: goes best with it, by similarity, then the first by id.';
COMMENT ON COLUMN analytics.product_recommendations.other_product_id IS
'The product to show. Both are in config.recommendation.min_orders completed orders at least; it is no dead stock.';
COMMENT ON COLUMN analytics.product_recommendations.product_name IS 'Name of the product that is looked at.';
COMMENT ON COLUMN analytics.product_recommendations.other_product_name IS 'Name of the product to show.';
COMMENT ON COLUMN analytics.product_recommendations.completed_orders IS
'Completed orders with both, when the model was fitted.';
COMMENT ON COLUMN analytics.product_recommendations.similarity IS
'How well the two go together, 0 to 1: c / sqrt(n × m) × c / (c + config.recommendation.shrinkage), c = completed_orders, '
'n and m = completed orders with each.';
