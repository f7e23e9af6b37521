CREATE OR REPLACE FUNCTION predict.estimate_elasticities(p_until date)
RETURNS SETOF predict.price_elasticity
LANGUAGE plpgsql
SET work_mem = '256MB'
SET jit = off
AS $$
BEGIN
    -- How the price of each product moves its sales, with what was known at the end of a day: least squares, over whole weeks Monday
    -- to Sunday of pg_temp.price_week, of
    --     ln(units) = constant + elasticity × ln(average price paid) + trend × week + season × ln(1 + units of all other products)
    -- The constant-elasticity form of Houthakker, "New evidence on demand elasticities", Econometrica 33 (1965). Trend and season
    -- are partialled out of price and units first, which gives the same elasticity and error (Frisch & Waugh 1933; Lovell, "Seasonal
    -- adjustment of economic time series", JASA 58, 1963), here on sums of squares and products, one regressor after the other (the
    -- sweep of Beaton 1964). A regressor of which nothing is left after those before it is left out.
    -- The 95 % interval takes Student's t, by the expansion of Abramowitz & Stegun (1964), 26.7.5, right to 0.01 from 5 degrees on.
    RETURN QUERY
    WITH

    without_trend AS (
        SELECT
            m.*,
            m.yy - m.ty * m.ty / nullif(m.tt, 0) AS yy_t,
            m.xx - m.tx * m.tx / nullif(m.tt, 0) AS xx_t,
            m.xy - m.tx * m.ty / nullif(m.tt, 0) AS xy_t,
            m.sy - m.st * m.ty / nullif(m.tt, 0) AS sy_t,
            m.sx - m.st * m.tx / nullif(m.tt, 0) AS sx_t,
            nullif(greatest(m.ss - m.st * m.st / nullif(m.tt, 0), 1e-9 * m.ss), 1e-9 * m.ss) AS ss_t
        FROM predict.price_sums(p_until) AS m
    ),

    without_season AS (
        SELECT
            m.*,
            m.weeks - CASE WHEN m.ss_t IS NULL THEN 3 ELSE 4 END AS freedom,
            m.yy_t - coalesce(m.sy_t * m.sy_t / m.ss_t, 0) AS yy_left,
            m.xx_t - coalesce(m.sx_t * m.sx_t / m.ss_t, 0) AS xx_left,
            m.xy_t - coalesce(m.sx_t * m.sy_t / m.ss_t, 0) AS xy_left
        FROM without_trend AS m
    ),

    judged AS (
        SELECT
            m.*,
            CASE
                WHEN m.weeks < c.min_weeks THEN format('sold in %s whole weeks, %s are needed', m.weeks, c.min_weeks)
                WHEN m.weekly_units < c.min_weekly_units
                    THEN format('%s units a week, %s are needed', m.weekly_units::numeric(18, 1), c.min_weekly_units)
                WHEN m.prices < c.min_prices OR m.price_range < c.min_price_range THEN 'its price hardly moved'
                WHEN m.xx_left <= 1e-6 * m.xx THEN 'its price moved with the trend and the season only'
            END AS reason
        FROM without_season AS m
        CROSS JOIN config.pricing AS c
    ),

    fitted AS (
        SELECT
            j.*,
            j.xy_left / j.xx_left AS elasticity,
            sqrt(greatest(j.yy_left - j.xy_left * j.xy_left / j.xx_left, 0) / j.freedom / j.xx_left) AS standard_error,
            1.959964 + 2.372271 / j.freedom + 2.822515 / j.freedom ^ 2 + 2.555850 / j.freedom ^ 3 AS t
        FROM judged AS j
        WHERE j.reason IS NULL
    )

    SELECT
        j.product_id,
        j.weeks,
        j.weekly_units::numeric(18, 2),
        j.prices,
        least(j.price_range, 1e12)::numeric(18, 4),
        f.elasticity,
        f.standard_error,
        f.elasticity - f.t * f.standard_error,
        f.elasticity + f.t * f.standard_error,
        j.reason
    FROM judged AS j
    LEFT JOIN fitted AS f ON j.product_id = f.product_id;
END
$$;
