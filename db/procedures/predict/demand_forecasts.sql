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
    -- no first value has to be chosen; as a recursion, the gain of step n is a / (1 − q^n). predict.demand_sums() gives the sums.
    --
    -- Classes: A. A. Syntetos, J. E. Boylan & J. D. Croston, "On the categorization of demand patterns", Journal of the Operational
    -- Research Society 56 (2005). scale: mean squared difference of one week from the next (Hyndman & Koehler 2006, squared).
    RETURN QUERY
    WITH

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
        FROM predict.demand_sums(p_until) AS a
        CROSS JOIN config.demand AS c
        CROSS JOIN config.inventory AS i
        WHERE a.weeks >= c.min_weeks AND 7 * a.idle_weeks < i.dead_stock_days
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
        FROM unnest(ARRAY[0.05, 0.1, 0.2]::double precision[], ARRAY[' 0.05', ' 0.1', ' 0.2'], j.level, j.chance, j.size, j.gap)
            AS a (smoothing, suffix, level, chance, size, gap)
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
