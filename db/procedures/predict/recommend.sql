CREATE OR REPLACE FUNCTION predict.recommend(p_customer_ids text[])
RETURNS TABLE (
    customer_id text, country text, products_hash bigint, product_ids text[], reasons text[]
)
LANGUAGE plpgsql
SET work_mem = '256MB'
SET jit = off
AS $$
#variable_conflict use_column
BEGIN
    -- What to recommend to customers who bought: five products that they have not, as rows for predict.customer_recommendation.
    -- First the neighbours of what they bought, by the sum of the similarities (Deshpande & Karypis, "Item-based top-N recommendation
    -- algorithms", ACM TOIS 22, 2004), each with the bought product that it is most similar to; then best sellers of the country
    -- and of the shop. Orders in predict.held_out do not count as bought.
    -- Customer by customer through indexes: the planner cannot know how many customers an array holds, and needs not.
    RETURN QUERY
    WITH

    baskets AS (
        SELECT
            u.customer_id,
            coalesce(array_agg(b.product_id) FILTER (
                WHERE b.completed_orders > CASE WHEN h.customer_id IS NULL THEN 0 ELSE 1 END
            ), '{}') AS product_ids
        FROM unnest(p_customer_ids) AS u (customer_id)
        INNER JOIN rollup.customer_products AS b ON u.customer_id COLLATE "C" = b.customer_id
        LEFT JOIN predict.held_out AS h ON b.customer_id = h.customer_id AND b.product_id = h.product_id
        GROUP BY u.customer_id
    ),

    matched AS (
        SELECT
            b.customer_id,
            b.product_ids,
            coalesce(m.product_ids, '{}') AS match_ids,
            coalesce(m.reasons, '{}') AS reasons
        FROM baskets AS b
        CROSS JOIN LATERAL (
            SELECT
                array_agg(r.product_id ORDER BY r.score DESC, r.product_id) AS product_ids,
                array_agg(
                    'bought together with ' || coalesce(p.product_name, p.product_id) ORDER BY r.score DESC, r.product_id
                ) AS reasons
            FROM (
                SELECT
                    n.other_product_id AS product_id,
                    sum(n.similarity) AS score,
                    (array_agg(n.product_id ORDER BY n.similarity DESC, n.product_id))[1] AS because_id
                FROM unnest(b.product_ids) AS o (product_id)
                INNER JOIN predict.product_neighbour AS n ON o.product_id COLLATE "C" = n.product_id
                WHERE n.other_product_id <> ALL (b.product_ids)
                GROUP BY n.other_product_id
                ORDER BY sum(n.similarity) DESC, n.other_product_id
                LIMIT 5
            ) AS r
            INNER JOIN staging.products AS p ON r.because_id = p.product_id
        ) AS m
    )

    SELECT
        m.customer_id,
        coalesce(c.country, ''),
        h.products_hash,
        m.match_ids || coalesce(f.product_ids, '{}'),
        m.reasons || coalesce(f.reasons, '{}')
    FROM matched AS m
    INNER JOIN staging.customers AS c ON m.customer_id COLLATE "C" = c.customer_id
    INNER JOIN rollup.customer_baskets AS h ON m.customer_id COLLATE "C" = h.customer_id
    LEFT JOIN predict.best_seller AS l ON c.country = l.country AND l.seller_rank = 1
    CROSS JOIN LATERAL (
        SELECT
            array_agg(s.product_id ORDER BY s.seller_rank) AS product_ids,
            array_agg(
                'best seller in ' || CASE WHEN s.is_of_country THEN s.country ELSE 'the shop' END ORDER BY s.seller_rank
            ) AS reasons
        FROM (
            SELECT t.*
            FROM predict.best_seller AS t
            WHERE t.country = coalesce(l.country, '') AND t.product_id <> ALL (m.product_ids || m.match_ids)
            ORDER BY t.seller_rank
            LIMIT 5 - cardinality(m.match_ids)
        ) AS s
    ) AS f;
END
$$;
