CREATE OR REPLACE PROCEDURE predict.count_buyers()
LANGUAGE plpgsql
SET work_mem = '256MB'
SET jit = off
SET parallel_tuple_cost = 0
SET client_min_messages = warning
AS $$
BEGIN
    -- Makes the temporary tables from which predict.take_neighbours() and predict.take_best_sellers() take away what a back-test holds
    -- out, so that the large rollups are read once for both:
    --   pair_count   one row per two products that config.recommendation.min_orders completed orders have together
    --   buyer_count  one row per country of customers, empty without one, and product: customers who bought it
    -- Sums of integers keep the hash table small.
    DROP TABLE IF EXISTS pg_temp.pair_count, pg_temp.buyer_count;

    CREATE TEMPORARY TABLE pair_count ON COMMIT DROP AS
    SELECT
        p.product_id,
        p.other_product_id,
        sum(p.completed_orders::integer) AS orders
    FROM rollup.pair_days AS p
    GROUP BY p.product_id, p.other_product_id
    HAVING sum(p.completed_orders::integer) >= (SELECT r.min_orders FROM config.recommendation AS r);

    CREATE TEMPORARY TABLE buyer_count ON COMMIT DROP AS
    SELECT
        coalesce(c.country, '') AS country,
        b.product_id,
        count(*) AS customers
    FROM rollup.customer_products AS b
    INNER JOIN staging.customers AS c ON b.customer_id = c.customer_id
    GROUP BY coalesce(c.country, ''), b.product_id;

    ANALYZE pg_temp.pair_count, pg_temp.buyer_count;
END
$$;
