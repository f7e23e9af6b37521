CREATE OR REPLACE PROCEDURE predict.take_best_sellers()
LANGUAGE plpgsql
SET work_mem = '256MB'
SET jit = off
AS $$
BEGIN
    -- Fills predict.best_seller from pg_temp.buyer_count: for each country the products that most of its customers bought, at least
    -- config.recommendation.min_orders, then those that most of the shop's did. Orders in predict.held_out do not count, nor does
    -- what nobody buys any more (config.inventory.dead_stock_days).
    TRUNCATE predict.best_seller;
    INSERT INTO predict.best_seller (country, seller_rank, product_id, is_of_country)
    WITH

    bought AS MATERIALIZED (
        SELECT
            b.country,
            b.product_id,
            b.customers - coalesce(h.customers, 0) AS customers
        FROM pg_temp.buyer_count AS b
        LEFT JOIN (
            SELECT
                coalesce(c.country, '') AS country,
                o.product_id,
                count(*) AS customers
            FROM predict.held_out AS o
            INNER JOIN rollup.customer_products AS p ON o.customer_id = p.customer_id AND o.product_id = p.product_id
            INNER JOIN staging.customers AS c ON o.customer_id = c.customer_id
            WHERE p.completed_orders = 1
            GROUP BY coalesce(c.country, ''), o.product_id
        ) AS h ON b.country = h.country AND b.product_id = h.product_id
        WHERE b.customers > coalesce(h.customers, 0)
    ),

    sold AS (
        SELECT b.*
        FROM bought AS b
        WHERE b.product_id IN (
            SELECT m.product_id
            FROM rollup.product_months AS m
            CROSS JOIN config.clock AS k
            CROSS JOIN config.inventory AS i
            WHERE m.last_sale_date >= k.as_of - i.dead_stock_days
        )
    ),

    listed AS (
        SELECT
            s.country,
            s.product_id,
            s.customers,
            true AS is_of_country
        FROM sold AS s
        WHERE s.country <> '' AND s.customers >= (SELECT r.min_orders FROM config.recommendation AS r)
        UNION ALL
        SELECT
            c.country,
            a.product_id,
            a.customers,
            false
        FROM (SELECT DISTINCT s.country FROM sold AS s UNION SELECT '') AS c
        CROSS JOIN (
            SELECT
                s.product_id,
                sum(s.customers) AS customers
            FROM sold AS s
            GROUP BY s.product_id
            ORDER BY sum(s.customers) DESC, s.product_id
            LIMIT 50
        ) AS a
    ),

    -- A product of the country once, in its first place.
    firsts AS (
        SELECT DISTINCT ON (l.country, l.product_id) l.*
        FROM listed AS l
        ORDER BY l.country, l.product_id, l.is_of_country DESC
    ),

    ranked AS (
        SELECT
            f.*,
            row_number() OVER (
                PARTITION BY f.country ORDER BY f.is_of_country DESC, f.customers DESC, f.product_id
            ) AS seller_rank
        FROM firsts AS f
    )

    SELECT
        r.country,
        r.seller_rank,
        r.product_id,
        r.is_of_country
    FROM ranked AS r
    WHERE r.seller_rank <= 50;
    CALL ops.analyze_table('predict.best_seller');
END
$$;
