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
AS $$
#variable_conflict use_column
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
    -- weeks and added up over blocks: one pass gives all origins.
    --
    -- Classes: A. A. Syntetos, J. E. Boylan & J. D. Croston, "On the categorization of demand patterns", Journal of the Operational
    -- Research Society 56 (2005). scale: mean squared difference of one week from the next (Hyndman & Koehler 2006, squared).
    RETURN QUERY
    WITH

    -- Age 0 is the last week. The newest block is 0, its ages 0 to 3; block 9 is all that is older than 35 weeks.
    weeks AS (
        SELECT
            d.product_id,
            (p_until - d.sale_date) / 7 AS age,
            sum(d.quantity_sold::double precision) AS units
        FROM rollup.product_days AS d
        WHERE
            d.quantity_sold > 0
            AND d.sale_date <= p_until
            AND d.sale_date > p_until - 7 * (SELECT c.history_weeks FROM config.demand AS c)
        GROUP BY d.product_id, (p_until - d.sale_date) / 7
    ),

    -- rise: squared difference from the week before; fall: of the week after, when nothing is sold then.
    sales AS MATERIALIZED (
        SELECT
            w.product_id,
            w.age,
            w.units,
            least(w.age / 4, 9) AS block,
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

    blocks AS (
        SELECT
            s.product_id,
            s.block,
            max(s.age) AS first_age,
            min(s.age) AS last_age,
            count(*) AS demand_weeks,
            sum(s.units) AS units,
            sum(s.units * s.units) AS squares,
            sum(s.rise + s.fall) AS moves,
            coalesce(sum(s.fall) FILTER (WHERE s.age = 4 * s.block), 0) AS later_fall
        FROM sales AS s
        GROUP BY s.product_id, s.block
    ),

    -- Each product has all blocks, from its first on.
    grid AS (
        SELECT
            f.product_id,
            g.block
        FROM (SELECT b.product_id, max(b.block) AS first_block FROM blocks AS b GROUP BY b.product_id) AS f
        CROSS JOIN generate_series(0, 9) AS g (block)
        WHERE g.block <= f.first_block
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
            CASE WHEN g.block > 0 THEN coalesce(lead(b.units) OVER product, 0) END AS came
        FROM grid AS g
        LEFT JOIN blocks AS b ON g.product_id = b.product_id AND g.block = b.block
        WINDOW product AS (PARTITION BY g.product_id ORDER BY g.block DESC)
    ),

    judged AS MATERIALIZED (
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
        CROSS JOIN config.demand AS c
        CROSS JOIN config.inventory AS i
        WHERE a.origin <= 6 AND a.weeks >= c.min_weeks AND 7 * a.idle_weeks < i.dead_stock_days
    ),

    -- Weights count from age 0 and from the first sale; they are set to the origin below.
    smoothed_blocks AS (
        SELECT
            s.product_id,
            s.block,
            q.smoothing,
            sum(s.units * power(1 - q.smoothing, s.age)) AS level,
            sum(power(1 - q.smoothing, s.age)) AS chance,
            sum(s.units * power(1 - q.smoothing, -s.number)) AS size,
            sum(s.gap * power(1 - q.smoothing, -s.number)) AS gap
        FROM sales AS s
        CROSS JOIN (VALUES (0.05::double precision), (0.1), (0.2)) AS q (smoothing)
        GROUP BY s.product_id, s.block, q.smoothing
    ),

    smoothed AS (
        SELECT
            g.product_id,
            g.block AS origin,
            q.smoothing,
            sum(b.level) OVER product AS level,
            sum(b.chance) OVER product AS chance,
            sum(b.size) OVER product AS size,
            sum(b.gap) OVER product AS gap
        FROM grid AS g
        CROSS JOIN (VALUES (0.05::double precision), (0.1), (0.2)) AS q (smoothing)
        LEFT JOIN smoothed_blocks AS b ON g.product_id = b.product_id AND g.block = b.block AND q.smoothing = b.smoothing
        WINDOW product AS (PARTITION BY g.product_id, q.smoothing ORDER BY g.block DESC)
    ),

    -- Of one sale alone the interval is not known: the weeks since then stand for it.
    levels AS (
        SELECT
            j.*,
            s.smoothing,
            s.smoothing * s.level / power(1 - s.smoothing, 4 * j.origin) / (1 - power(1 - s.smoothing, j.weeks)) AS level,
            s.smoothing * s.chance / power(1 - s.smoothing, 4 * j.origin) / (1 - power(1 - s.smoothing, j.weeks)) AS chance,
            s.smoothing * s.size * power(1 - s.smoothing, j.demand_weeks) / (1 - power(1 - s.smoothing, j.demand_weeks)) AS size,
            CASE j.demand_weeks
                WHEN 1 THEN j.weeks
                ELSE s.smoothing * s.gap * power(1 - s.smoothing, j.demand_weeks) / (1 - power(1 - s.smoothing, j.demand_weeks - 1))
            END AS gap
        FROM judged AS j
        INNER JOIN smoothed AS s ON j.product_id = s.product_id AND j.origin = s.origin
    ),

    forecasts AS (
        SELECT
            j.product_id,
            j.origin,
            m.method,
            m.expected
        FROM judged AS j
        CROSS JOIN LATERAL (
            VALUES
            ('Mean of 12 weeks', j.units_12 / least(12, j.weeks)),
            ('Mean of 4 weeks', j.units_4 / 4)
        ) AS m (method, expected)
        UNION ALL
        SELECT
            v.product_id,
            v.origin,
            m.method || ' ' || v.smoothing,
            m.expected
        FROM levels AS v
        CROSS JOIN LATERAL (
            VALUES
            ('Smoothing', v.level),
            ('Croston', v.size / v.gap),
            ('SBA', v.size / v.gap * (1 - v.smoothing / 2)),
            ('TSB', v.size * v.chance)
        ) AS m (method, expected)
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
        f.method,
        f.expected,
        j.came
    FROM judged AS j
    INNER JOIN forecasts AS f ON j.product_id = f.product_id AND j.origin = f.origin;
END
$$;
