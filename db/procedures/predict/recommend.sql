CREATE OR REPLACE FUNCTION predict.recommend(p_customer_ids text[], p_offer text)
RETURNS TABLE (
    customer_id text, country text, products_hash bigint, product_ids text[], reasons text[]
)
LANGUAGE plpgsql
SET work_mem = '256MB'
SET jit = off
SET plan_cache_mode = force_custom_plan
SET parallel_tuple_cost = 0
AS $$
#variable_conflict use_column
BEGIN
    -- What to recommend to customers who bought: five products that they have not, as rows for predict.customer_recommendation.
    -- First the neighbours of what they bought, by the sum of the similarities (Deshpande & Karypis, "Item-based top-N recommendation
    -- algorithms", ACM TOIS 22, 2004), each with the bought product that it is most similar to; then best sellers of the country
    -- and of the shop. Orders in predict.held_out do not count as bought.
    -- Customer by customer through indexes. The plan is made for the array that is given: the baskets of a few customers are fetched, those
    -- of many read by all workers.
    --
    -- p_offer  'bought together'; 'best sellers of the country': without the neighbours; 'best sellers of the shop': those alone
    RETURN QUERY
    SELECT
        h.customer_id,
        coalesce(c.country, ''),
        h.products_hash,
        m.product_ids || coalesce(f.product_ids, '{}'),
        m.reasons || coalesce(f.reasons, '{}')
    FROM rollup.customer_baskets AS h
    INNER JOIN unnest(p_customer_ids) AS u (customer_id) ON h.customer_id = u.customer_id COLLATE "C"
    INNER JOIN staging.customers AS c ON h.customer_id = c.customer_id
    LEFT JOIN predict.best_seller AS l ON c.country = l.country AND l.seller_rank = 1 AND p_offer <> 'best sellers of the shop'
    CROSS JOIN LATERAL (
        SELECT coalesce(array_agg(b.product_id), '{}') AS product_ids
        FROM rollup.customer_products AS b
        WHERE
            b.customer_id = h.customer_id
            AND (
                b.completed_orders > 1
                OR (b.customer_id, b.product_id) NOT IN (SELECT o.customer_id, o.product_id FROM predict.held_out AS o)
            )
    ) AS b
    CROSS JOIN LATERAL (
        SELECT
            coalesce(array_agg(r.product_id ORDER BY r.score DESC, r.product_id), '{}') AS product_ids,
            coalesce(array_agg(
                'bought together with ' || coalesce(p.product_name, p.product_id) ORDER BY r.score DESC, r.product_id
            ), '{}') AS reasons
        FROM (
            -- The greatest similarity has the least rest, always eight characters long; behind it stands the product.
            SELECT
                n.other_product_id AS product_id,
                sum(n.similarity) AS score,
                substr(min((1 - n.similarity)::text COLLATE "C" || n.product_id), 9) COLLATE "C" AS because_id
            FROM unnest(CASE WHEN p_offer = 'bought together' THEN b.product_ids END) AS o (product_id)
            INNER JOIN predict.product_neighbour AS n ON o.product_id COLLATE "C" = n.product_id
            WHERE n.other_product_id <> ALL (b.product_ids)
            GROUP BY n.other_product_id
            ORDER BY sum(n.similarity) DESC, n.other_product_id
            LIMIT 5
        ) AS r
        INNER JOIN staging.products AS p ON r.because_id = p.product_id
    ) AS m
    CROSS JOIN LATERAL (
        SELECT
            array_agg(s.product_id ORDER BY s.seller_rank) AS product_ids,
            array_agg(
                'best seller in ' || CASE WHEN s.is_of_country THEN s.country ELSE 'the shop' END ORDER BY s.seller_rank
            ) AS reasons
        FROM (
            SELECT t.*
            FROM predict.best_seller AS t
            WHERE t.country = coalesce(l.country, '') AND t.product_id <> ALL (b.product_ids || m.product_ids)
            ORDER BY t.seller_rank
            LIMIT 5 - cardinality(m.product_ids)
        ) AS s
    ) AS f;
END
$$;
