CREATE OR REPLACE PROCEDURE predict.take_neighbours()
LANGUAGE plpgsql
SET work_mem = '256MB'
SET jit = off
AS $$
BEGIN
    -- Fills predict.product_neighbour from pg_temp.pair_count: the five products that go best with each. Orders in predict.held_out do
    -- not count.
    -- Cosine over orders, c / sqrt(n × m) where c orders have both and n and m have each (Linden, Smith & York, "Amazon.com
    -- recommendations", IEEE Internet Computing 7, 2003), times c / (c + shrinkage) (Bell & Koren, "Scalable collaborative filtering
    -- with jointly derived neighborhood interpolation weights", ICDM 2007). No neighbour is config.inventory's dead stock.
    TRUNCATE predict.product_neighbour;
    INSERT INTO predict.product_neighbour (product_id, neighbour_rank, other_product_id, completed_orders, similarity)
    WITH

    pairs AS MATERIALIZED (
        SELECT
            c.product_id,
            c.other_product_id,
            c.orders - coalesce(h.orders, 0) AS orders
        FROM pg_temp.pair_count AS c
        LEFT JOIN (
            SELECT
                a.product_id,
                b.product_id AS other_product_id,
                count(*) AS orders
            FROM predict.held_out AS a
            INNER JOIN predict.held_out AS b ON a.customer_id = b.customer_id AND a.product_id < b.product_id
            GROUP BY a.product_id, b.product_id
        ) AS h ON c.product_id = h.product_id AND c.other_product_id = h.other_product_id
        WHERE c.orders - coalesce(h.orders, 0) >= (SELECT r.min_orders FROM config.recommendation AS r)
    ),

    products AS MATERIALIZED (
        SELECT
            m.product_id,
            m.orders - coalesce(h.orders, 0) AS orders,
            m.last_sale_date >= k.as_of - i.dead_stock_days AS is_sold
        FROM (
            SELECT
                p.product_id,
                sum(p.completed_orders) AS orders,
                max(p.last_sale_date) AS last_sale_date
            FROM rollup.product_months AS p
            GROUP BY p.product_id
        ) AS m
        CROSS JOIN config.clock AS k
        CROSS JOIN config.inventory AS i
        LEFT JOIN (
            SELECT
                o.product_id,
                count(*) AS orders
            FROM predict.held_out AS o
            GROUP BY o.product_id
        ) AS h ON m.product_id = h.product_id
    ),

    matches AS (
        SELECT
            p.product_id,
            p.other_product_id,
            p.orders,
            (
                p.orders / sqrt((a.orders * b.orders)::double precision)
                * p.orders / (p.orders + (SELECT r.shrinkage FROM config.recommendation AS r))
            )::numeric(7, 6) AS similarity,
            a.is_sold,
            b.is_sold AS is_other_sold
        FROM pairs AS p
        INNER JOIN products AS a ON p.product_id = a.product_id
        INNER JOIN products AS b ON p.other_product_id = b.product_id
    ),

    ranked AS (
        SELECT
            v.product_id,
            v.other_product_id,
            m.orders,
            m.similarity,
            row_number() OVER (PARTITION BY v.product_id ORDER BY m.similarity DESC, v.other_product_id) AS neighbour_rank
        FROM matches AS m
        CROSS JOIN LATERAL (
            VALUES (m.product_id, m.other_product_id, m.is_other_sold), (m.other_product_id, m.product_id, m.is_sold)
        ) AS v (product_id, other_product_id, is_sold)
        WHERE v.is_sold
    )

    SELECT
        r.product_id,
        r.neighbour_rank,
        r.other_product_id,
        r.orders,
        r.similarity
    FROM ranked AS r
    WHERE r.neighbour_rank <= 5;
    CALL ops.analyze_table('predict.product_neighbour');
END
$$;
