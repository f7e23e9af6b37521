CREATE OR REPLACE FUNCTION predict.demand_forecasts(p_until date)
RETURNS TABLE (
    product_id text,
    origin integer,
    weeks integer,
    demand_weeks bigint,
    size_variation double precision,
    demand_class text,
    scale double precision,
    method text,
    expected double precision,
    came double precision
)
LANGUAGE plpgsql
SET work_mem = '256MB'
SET jit = off
SET enable_nestloop = off
AS $$
#variable_conflict use_column
DECLARE
    v_before date;
BEGIN
    -- The units a week that each method expects of each product, from the end of p_until (origin 0) and from 4, 8 … 24 weeks before it
    -- (origins 1 to 6), knowing the weeks up to there alone; came: the units of the four weeks that followed. Weeks end with p_until's
    -- weekday. A product begins with its first week with a sale; weeks without one count as zero. Left out are products that began
    -- fewer than config.demand.min_weeks before, or had not sold for config.inventory.dead_stock_days.
    --
    -- Methods, with a smoothing constant a of 0.05, 0.1 or 0.2 (Syntetos & Boylan 2005 advise 0.05 to 0.2):
    --   Mean of 12 weeks  of 4 to 12 since the first sale: the plain rule, in weeks
    --   Mean of 4 weeks
    --   Smoothing a       simple exponential smoothing (Brown 1956)
    --   Croston a         smoothed size / smoothed interval, of weeks with a sale: J. D. Croston, "Forecasting and stock control for
    --                     intermittent demands", Operational Research Quarterly 23 (1972)
    --   SBA a             Croston × (1 − a / 2): A. A. Syntetos & J. E. Boylan, "The accuracy of intermittent demand estimates",
    --                     International Journal of Forecasting 21 (2005)
    --   TSB a             smoothed size × smoothed chance of a sale: R. H. Teunter, A. A. Syntetos & M. Z. Babai, "Intermittent
    --                     demand: linking forecasting to inventory obsolescence", European Journal of Operational Research 214 (2011)
    -- All of them are means whose weights shrink by q = 1 − a with each step into the past, divided by the sum of the weights, so that
    -- no first value has to be chosen; as a recursion, the gain of step n is a / (1 − q^n). Such a sum is taken over blocks of four
    -- weeks (block 0: ages 0 to 3) and added up over blocks: one pass gives all origins.
    --
    -- Classes: A. A. Syntetos, J. E. Boylan & J. D. Croston, "On the categorization of demand patterns", Journal of the Operational
    -- Research Society 56 (2005). scale: mean squared difference of one week from the next (Hyndman & Koehler 2006, squared).
    SELECT p_until - 7 * c.history_weeks INTO STRICT v_before FROM config.demand AS c;
    RETURN QUERY
    WITH

    -- Age 0 is the last week.
    weeks AS (
        SELECT
            d.product_id,
            (p_until - d.sale_date) / 7 AS age,
            sum(d.quantity_sold::double precision) AS units
        FROM rollup.product_days AS d
        WHERE
            d.quantity_sold > 0
            AND d.sale_date <= p_until
            AND d.sale_date > v_before
        GROUP BY d.product_id, (p_until - d.sale_date) / 7
    ),

    -- rise: squared difference from the week before; fall: of the week after, when nothing is sold then.
    sales AS MATERIALIZED (
        SELECT
            w.product_id,
            w.age,
            w.units,
            row_number() OVER product AS number,
            lag(w.age) OVER product - w.age AS gap,
            CASE lag(w.age) OVER product - w.age
                WHEN 1 THEN power(w.units - lag(w.units) OVER product, 2)
                ELSE w.units * w.units * least(row_number() OVER product - 1, 1)
            END AS rise,
            CASE WHEN w.age - coalesce(lead(w.age) OVER product, -1) > 1 THEN w.units * w.units ELSE 0 END AS fall
        FROM weeks AS w
        WINDOW product AS (PARTITION BY w.product_id ORDER BY w.age DESC)
    ),

    -- The back-test takes config.demand.test_products products, drawn by a hash of their ids. Of the others the newest blocks are all
    -- that need be told apart.
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

    -- Weights count from age 0 and from the first sale; they are set to the origin below.
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

    -- Each product has all blocks, those without a sale too.
    grid AS (
        SELECT
            p.product_id,
            g.block
        FROM products AS p
        INNER JOIN generate_series(0, 9) AS g (block) ON p.oldest_block >= g.block
    ),

    added AS (
        SELECT
            g.product_id,
            g.block AS origin,
            max(b.first_age) OVER product - 4 * g.block + 1 AS weeks,
            min(b.last_age) OVER product - 4 * g.block AS idle_weeks,
            (sum(b.demand_weeks) OVER product)::bigint AS demand_weeks,
            sum(b.units) OVER product AS units,
            sum(b.squares) OVER product AS squares,
            sum(b.moves) OVER product - coalesce(b.later_fall, 0) AS moves,
            coalesce(b.units, 0) AS units_4,
            sum(b.units) OVER (product ROWS 2 PRECEDING) AS units_12,
            CASE WHEN g.block > 0 THEN coalesce(lead(b.units) OVER product, 0) END AS came,
            sum(b.level_05) OVER product AS level_05,
            sum(b.chance_05) OVER product AS chance_05,
            sum(b.size_05) OVER product AS size_05,
            sum(b.gap_05) OVER product AS gap_05,
            sum(b.level_10) OVER product AS level_10,
            sum(b.chance_10) OVER product AS chance_10,
            sum(b.size_10) OVER product AS size_10,
            sum(b.gap_10) OVER product AS gap_10,
            sum(b.level_20) OVER product AS level_20,
            sum(b.chance_20) OVER product AS chance_20,
            sum(b.size_20) OVER product AS size_20,
            sum(b.gap_20) OVER product AS gap_20
        FROM grid AS g
        LEFT JOIN blocks AS b ON g.product_id = b.product_id AND g.block = b.block
        WINDOW product AS (PARTITION BY g.product_id ORDER BY g.block DESC)
    ),

    judged AS (
        SELECT
            a.*,
            a.moves / (a.weeks - 1) AS scale,
            coalesce(
                greatest(a.demand_weeks * a.squares - a.units * a.units, 0)
                / nullif(a.demand_weeks - 1, 0) * a.demand_weeks / (a.units * a.units), 0
            ) AS size_variation,
            a.weeks >= c.intermittent_interval * a.demand_weeks AS is_intermittent,
            c.erratic_variation
        FROM added AS a
        INNER JOIN products AS p ON a.product_id = p.product_id
        CROSS JOIN config.demand AS c
        CROSS JOIN config.inventory AS i
        WHERE
            a.origin <= CASE p.oldest_block WHEN 9 THEN 6 ELSE 0 END
            AND a.weeks >= c.min_weeks
            AND 7 * a.idle_weeks < i.dead_stock_days
    )

    SELECT
        j.product_id,
        j.origin,
        j.weeks,
        j.demand_weeks,
        j.size_variation,
        CASE
            WHEN j.is_intermittent AND j.size_variation >= j.erratic_variation THEN 'Lumpy'
            WHEN j.is_intermittent THEN 'Intermittent'
            WHEN j.size_variation >= j.erratic_variation THEN 'Erratic'
            ELSE 'Smooth'
        END,
        j.scale,
        m.method,
        m.expected,
        j.came
    FROM judged AS j
    CROSS JOIN LATERAL (
        SELECT
            'Mean of 12 weeks' AS method,
            coalesce(j.units_12, 0) / least(12, j.weeks) AS expected
        UNION ALL
        SELECT
            'Mean of 4 weeks',
            j.units_4 / 4
        UNION ALL
        -- Of one sale alone the interval is not known: the weeks since then stand for it.
        SELECT
            f.method || a.suffix,
            f.expected
        FROM (
            VALUES
            (0.05::double precision, ' 0.05', j.level_05, j.chance_05, j.size_05, j.gap_05),
            (0.1::double precision, ' 0.1', j.level_10, j.chance_10, j.size_10, j.gap_10),
            (0.2::double precision, ' 0.2', j.level_20, j.chance_20, j.size_20, j.gap_20)
        ) AS a (smoothing, suffix, level, chance, size, gap)
        CROSS JOIN LATERAL (
            SELECT
                a.smoothing / power(1 - a.smoothing, 4 * j.origin) / (1 - power(1 - a.smoothing, j.weeks)) AS by_week,
                a.smoothing * power(1 - a.smoothing, j.demand_weeks) / (1 - power(1 - a.smoothing, j.demand_weeks)) AS by_sale,
                CASE j.demand_weeks
                    WHEN 1 THEN j.weeks
                    ELSE a.smoothing * a.gap * power(1 - a.smoothing, j.demand_weeks) / (1 - power(1 - a.smoothing, j.demand_weeks - 1))
                END AS interval
        ) AS w
        CROSS JOIN LATERAL (
            VALUES
            ('Smoothing', a.level * w.by_week),
            ('Croston', a.size * w.by_sale / w.interval),
            ('SBA', a.size * w.by_sale / w.interval * (1 - a.smoothing / 2)),
            ('TSB', a.size * w.by_sale * a.chance * w.by_week)
        ) AS f (method, expected)
    ) AS m;
END
$$;
