CREATE OR REPLACE FUNCTION predict.demand_sums(p_until date)
RETURNS TABLE (
    product_id text,
    origin integer,
    oldest_block integer,
    weeks integer,
    idle_weeks integer,
    demand_weeks bigint,
    units double precision,
    squares double precision,
    moves double precision,
    units_4 double precision,
    units_12 double precision,
    came double precision,
    level double precision[],
    chance double precision[],
    size double precision[],
    gap double precision[]
)
LANGUAGE plpgsql
ROWS 50000
SET work_mem = '256MB'
SET jit = off
SET enable_nestloop = off
AS $$
#variable_conflict use_column
BEGIN
    -- What predict.demand_forecasts() needs of each product's weeks: sums over those known at the end of p_until (origin 0) and, for the
    -- products of the back-test, 4, 8 … 24 weeks before it (origins 1 to 6). Sums are taken over blocks of four weeks (block 0: ages 0
    -- to 3) and added up over blocks, so that one pass gives all origins.
    --
    -- oldest_block       all that is older is in it
    -- weeks, idle_weeks  from the first week with a sale on; after the last one
    -- moves              sum of the squared differences of one week from the next
    -- units_4, units_12  units of the last weeks; came: of the four weeks after the origin, NULL at origin 0
    -- level, chance      sums of units and of weeks with a sale, weighted with q^age, for q of 0.95, 0.9 and 0.8
    -- size, gap          sums of units and of gaps, weighted with q^-number: age and number as in predict.demand_weeks()
    RETURN QUERY
    WITH

    sales AS MATERIALIZED (
        SELECT w.*
        FROM predict.demand_weeks(p_until) AS w
    ),

    -- The back-test takes config.demand.test_products products, drawn by a hash of their ids. Of the others the newest blocks are all
    -- that need be told apart, and origin 0.
    products AS (
        SELECT
            d.product_id,
            CASE WHEN d.place <= c.test_products THEN 9 ELSE 3 END AS oldest_block
        FROM (
            SELECT
                s.product_id,
                row_number() OVER (ORDER BY md5(s.product_id) ASC, s.product_id ASC) AS place
            FROM sales AS s
            WHERE s.number = 1
        ) AS d
        CROSS JOIN config.demand AS c
    ),

    blocks AS (
        SELECT
            s.product_id,
            least(s.age / 4, p.oldest_block) AS block,
            max(s.age) AS first_age,
            min(s.age) AS last_age,
            count(*) AS demand_weeks,
            sum(s.units) AS units,
            sum(s.units * s.units) AS squares,
            sum(s.rise + s.fall) AS moves,
            coalesce(sum(s.fall) FILTER (WHERE s.age % 4 = 0), 0) AS later_fall,
            sum(s.units * power(0.95::double precision, s.age)) AS level_05,
            sum(power(0.95::double precision, s.age)) AS chance_05,
            sum(s.units * power(0.95::double precision, -s.number)) AS size_05,
            sum(s.gap * power(0.95::double precision, -s.number)) AS gap_05,
            sum(s.units * power(0.9::double precision, s.age)) AS level_10,
            sum(power(0.9::double precision, s.age)) AS chance_10,
            sum(s.units * power(0.9::double precision, -s.number)) AS size_10,
            sum(s.gap * power(0.9::double precision, -s.number)) AS gap_10,
            sum(s.units * power(0.8::double precision, s.age)) AS level_20,
            sum(power(0.8::double precision, s.age)) AS chance_20,
            sum(s.units * power(0.8::double precision, -s.number)) AS size_20,
            sum(s.gap * power(0.8::double precision, -s.number)) AS gap_20
        FROM sales AS s
        INNER JOIN products AS p ON s.product_id = p.product_id
        GROUP BY s.product_id, least(s.age / 4, p.oldest_block)
    ),

    -- Each product has all its blocks, those without a sale too.
    added AS (
        SELECT
            p.product_id,
            g.block AS origin,
            p.oldest_block,
            max(b.first_age) OVER product - 4 * g.block + 1 AS weeks,
            min(b.last_age) OVER product - 4 * g.block AS idle_weeks,
            (sum(b.demand_weeks) OVER product)::bigint AS demand_weeks,
            sum(b.units) OVER product AS units,
            sum(b.squares) OVER product AS squares,
            sum(b.moves) OVER product - coalesce(b.later_fall, 0) AS moves,
            coalesce(b.units, 0) AS units_4,
            sum(b.units) OVER (product ROWS 2 PRECEDING) AS units_12,
            CASE WHEN g.block > 0 THEN coalesce(lead(b.units) OVER product, 0) END AS came,
            ARRAY[sum(b.level_05) OVER product, sum(b.level_10) OVER product, sum(b.level_20) OVER product] AS level,
            ARRAY[sum(b.chance_05) OVER product, sum(b.chance_10) OVER product, sum(b.chance_20) OVER product] AS chance,
            ARRAY[sum(b.size_05) OVER product, sum(b.size_10) OVER product, sum(b.size_20) OVER product] AS size,
            ARRAY[sum(b.gap_05) OVER product, sum(b.gap_10) OVER product, sum(b.gap_20) OVER product] AS gap
        FROM products AS p
        INNER JOIN generate_series(0, 9) AS g (block) ON p.oldest_block >= g.block
        LEFT JOIN blocks AS b ON p.product_id = b.product_id AND g.block = b.block
        WINDOW product AS (PARTITION BY p.product_id ORDER BY g.block DESC)
    )

    SELECT a.*
    FROM added AS a
    WHERE a.origin <= a.oldest_block - 3;
END
$$;
