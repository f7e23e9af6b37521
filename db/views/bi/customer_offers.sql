CREATE VIEW bi.customer_offers AS
WITH

offers AS (
    SELECT
        r.customer_id,
        generate_series(1, 5) AS recommendation_rank,
        unnest(ARRAY[r.product_id_1, r.product_id_2, r.product_id_3, r.product_id_4, r.product_id_5]) AS product_id,
        unnest(ARRAY[r.reason_1, r.reason_2, r.reason_3, r.reason_4, r.reason_5]) AS reason
    FROM analytics.customer_recommendations AS r
)

SELECT
    o.customer_id,
    o.recommendation_rank,
    o.product_id,
    o.reason
FROM offers AS o
WHERE o.product_id IS NOT NULL;

COMMENT ON VIEW bi.customer_offers IS
'One row per customer and product to offer to it: bi.customer_recommendations, for tools that join products.';
COMMENT ON COLUMN bi.customer_offers.customer_id IS 'Key. Refers to dim_customer.customer_id.';
COMMENT ON COLUMN bi.customer_offers.recommendation_rank IS 'Key. 1 to 5, best first.';
COMMENT ON COLUMN bi.customer_offers.product_id IS 'Refers to dim_product.product_id.';
COMMENT ON COLUMN bi.customer_offers.reason IS 'Why it, in words.';

GRANT SELECT ON bi.customer_offers TO pipeline_reader;
