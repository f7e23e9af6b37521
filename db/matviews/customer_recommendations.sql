CREATE MATERIALIZED VIEW analytics.customer_recommendations AS
SELECT
    r.customer_id,
    r.product_ids[1] AS product_id_1,
    r.reasons[1] AS reason_1,
    r.product_ids[2] AS product_id_2,
    r.reasons[2] AS reason_2,
    r.product_ids[3] AS product_id_3,
    r.reasons[3] AS reason_3,
    r.product_ids[4] AS product_id_4,
    r.reasons[4] AS reason_4,
    r.product_ids[5] AS product_id_5,
    r.reasons[5] AS reason_5,
    NULL::boolean AS no_duplicate_check
FROM predict.customer_recommendation AS r
INNER JOIN predict.model AS m ON m.model_name = 'product_recommendations' AND m.is_usable;

CREATE UNIQUE INDEX customer_recommendations_customer_id_key ON analytics.customer_recommendations (customer_id);

COMMENT ON MATERIALIZED VIEW analytics.customer_recommendations IS
'One row per customer who bought in the last config.recommendation.active_days: five products to offer that it has not bought.';
COMMENT ON COLUMN analytics.customer_recommendations.customer_id IS 'Key.';
COMMENT ON COLUMN analytics.customer_recommendations.product_id_1 IS
'First product to offer: first what goes with the bought products, by the sum of the similarities, then best sellers; or '
'best sellers alone, when these hit more often in the back-test. Ties: the first by id. NULL when there is none.';
COMMENT ON COLUMN analytics.customer_recommendations.reason_1 IS
'Why it: bought together with the bought product that it goes best with, best seller in the country, or best seller in '
'the shop, by customers who bought it; at the last fit or change of the basket.';
COMMENT ON COLUMN analytics.customer_recommendations.product_id_2 IS 'Second product to offer; NULL when there is none.';
COMMENT ON COLUMN analytics.customer_recommendations.reason_2 IS 'Why it.';
COMMENT ON COLUMN analytics.customer_recommendations.product_id_3 IS 'Third product to offer; NULL when there is none.';
COMMENT ON COLUMN analytics.customer_recommendations.reason_3 IS 'Why it.';
COMMENT ON COLUMN analytics.customer_recommendations.product_id_4 IS 'Fourth product to offer; NULL when there is none.';
COMMENT ON COLUMN analytics.customer_recommendations.reason_4 IS 'Why it.';
COMMENT ON COLUMN analytics.customer_recommendations.product_id_5 IS 'Fifth product to offer; NULL when there is none.';
COMMENT ON COLUMN analytics.customer_recommendations.reason_5 IS 'Why it.';
COMMENT ON COLUMN analytics.customer_recommendations.no_duplicate_check IS
'Internal: always NULL. A refresh searches the rows that hold no NULL for equal ones, which the key excludes already.';
