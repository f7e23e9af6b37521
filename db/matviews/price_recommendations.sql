CREATE MATERIALIZED VIEW analytics.price_recommendations AS
WITH

recent AS (
    SELECT
        d.product_id,
        sum(d.quantity_sold) AS units,
        (sum(d.total_revenue) / sum(d.quantity_sold))::numeric(18, 2) AS price
    FROM rollup.product_days AS d
    WHERE
        d.quantity_sold > 0
        AND d.sale_date > (SELECT k.as_of - 28 FROM config.clock AS k)
        AND d.sale_date <= (SELECT k.as_of FROM config.clock AS k)
    GROUP BY d.product_id
),

-- What cannot be true is no evidence: more units the higher the price, or an interval as wide as a barn.
judged AS (
    SELECT
        p.product_id,
        p.product_name,
        p.cost,
        e.weeks,
        e.weekly_units,
        e.prices,
        e.price_range,
        r.price,
        coalesce(r.units, 0)::bigint AS units,
        CASE WHEN abs(e.elasticity) < 1000 THEN e.elasticity::numeric(12, 4) END AS elasticity,
        CASE WHEN e.standard_error < 1000 THEN e.standard_error::numeric(12, 4) END AS standard_error,
        CASE WHEN abs(e.low) < 1000 THEN e.low::numeric(12, 4) END AS low,
        CASE WHEN abs(e.high) < 1000 THEN e.high::numeric(12, 4) END AS high,
        CASE
            WHEN m.is_usable IS NOT true THEN coalesce(m.reason, 'not fitted yet')
            WHEN e.product_id IS NULL THEN 'not sold for money in these weeks'
            WHEN e.reason IS NOT NULL THEN e.reason
            WHEN e.low > 0 THEN 'it sold more the higher its price: something else moves it'
            WHEN e.low < -20 OR e.high > 20 THEN 'the interval is too wide'
            WHEN e.low <= -1 AND e.high >= -1 THEN 'it may be elastic or inelastic'
        END AS doubt
    FROM staging.products AS p
    LEFT JOIN predict.model AS m ON m.model_name = 'price_elasticity'
    LEFT JOIN predict.price_elasticity AS e ON p.product_id = e.product_id AND m.is_usable
    LEFT JOIN recent AS r ON p.product_id = r.product_id
),

-- Constant elasticity e: the margin (p - cost) × units × (p / price)^e is greatest at cost × e / (1 + e) when e < -1, and rises
-- with the price without end when e >= -1. Within the band, in whole cents.
bounded AS (
    SELECT
        j.*,
        coalesce(
            j.doubt,
            CASE
                WHEN j.price IS NULL THEN 'not sold in the last 28 days'
                WHEN j.price = 0 THEN 'given away'
                WHEN j.cost IS NULL THEN 'its cost is not known'
            END
        ) AS reason,
        ceil(100 * j.price * (1 - s.max_price_change)) / 100 AS lowest,
        floor(100 * j.price * (1 + s.max_price_change)) / 100 AS highest
    FROM judged AS j
    CROSS JOIN config.pricing AS s
),

advised AS (
    SELECT
        b.*,
        CASE
            WHEN b.reason IS NOT NULL THEN NULL
            WHEN b.lowest > b.highest THEN b.price
            WHEN b.elasticity < -1
                THEN greatest(b.lowest, least(b.highest, round(b.cost * b.elasticity / (1 + b.elasticity), 2)))
            ELSE b.highest
        END AS advised_price
    FROM bounded AS b
),

gains AS (
    SELECT
        a.*,
        a.units * ((a.advised_price - a.cost) * power(a.advised_price / a.price, a.elasticity) - (a.price - a.cost)) AS gain,
        a.units * ((a.advised_price - a.cost) * power(a.advised_price / a.price, a.low) - (a.price - a.cost)) AS gain_by_low,
        a.units * ((a.advised_price - a.cost) * power(a.advised_price / a.price, a.high) - (a.price - a.cost)) AS gain_by_high
    FROM advised AS a
)

SELECT
    g.product_id,
    g.product_name,
    coalesce(g.weeks, 0) AS weeks,
    g.weekly_units,
    g.prices AS different_prices,
    (100 * g.price_range)::numeric(20, 2) AS price_range,
    g.elasticity::numeric(12, 4) AS elasticity,
    g.standard_error::numeric(12, 4) AS standard_error,
    g.low::numeric(12, 4) AS elasticity_low,
    g.high::numeric(12, 4) AS elasticity_high,
    CASE
        WHEN g.doubt IS NOT NULL THEN 'Not enough evidence'
        WHEN g.high < -1 THEN 'Elastic'
        ELSE 'Inelastic'
    END AS verdict,
    g.reason,
    g.cost,
    g.units AS units_28_days,
    g.price AS current_price,
    g.advised_price::numeric(18, 2) AS advised_price,
    (100 * (g.advised_price / g.price - 1))::numeric(7, 4) AS price_change,
    g.gain::numeric(28, 2) AS expected_gain,
    least(g.gain_by_low, g.gain_by_high)::numeric(28, 2) AS expected_gain_low,
    greatest(g.gain_by_low, g.gain_by_high)::numeric(28, 2) AS expected_gain_high,
    least(g.gain_by_low, g.gain_by_high) > 0 AS is_gain_sure
FROM gains AS g;

CREATE UNIQUE INDEX price_recommendations_product_id_key ON analytics.price_recommendations (product_id);

COMMENT ON MATERIALIZED VIEW analytics.price_recommendations IS
'One row per product: how its price moves its sales, and the price that promises most margin. How far it errs: '
'analytics.model_backtests.';
COMMENT ON COLUMN analytics.price_recommendations.product_id IS 'Key.';
COMMENT ON COLUMN analytics.price_recommendations.product_name IS 'Name.';
COMMENT ON COLUMN analytics.price_recommendations.weeks IS
'Whole weeks, Monday to Sunday, in which it was sold, of the last config.pricing.history_weeks before the fit.';
COMMENT ON COLUMN analytics.price_recommendations.weekly_units IS 'Units in such a week, on average.';
COMMENT ON COLUMN analytics.price_recommendations.different_prices IS 'Different average prices of these weeks, in cents.';
COMMENT ON COLUMN analytics.price_recommendations.price_range IS 'The dearest week above the cheapest, in percent.';
COMMENT ON COLUMN analytics.price_recommendations.elasticity IS
'How many times as strongly as the price units change: regression of log units on log average price, trend and the '
'shop''s other units. NULL: its price did not move enough, or it sold too little.';
COMMENT ON COLUMN analytics.price_recommendations.standard_error IS 'Standard error of the elasticity.';
COMMENT ON COLUMN analytics.price_recommendations.elasticity_low IS 'Lower end of its 95 % interval.';
COMMENT ON COLUMN analytics.price_recommendations.elasticity_high IS 'Upper end of it.';
COMMENT ON COLUMN analytics.price_recommendations.verdict IS
'Elastic: the interval lies below -1, a higher price loses revenue. Inelastic: above -1. Not enough evidence: neither, or '
'no elasticity.';
COMMENT ON COLUMN analytics.price_recommendations.reason IS 'Why there is no advice; NULL: there is.';
COMMENT ON COLUMN analytics.price_recommendations.cost IS 'Current cost; NULL when it is not known.';
COMMENT ON COLUMN analytics.price_recommendations.units_28_days IS
'Units in completed orders of the 28 days that end with config.clock.as_of.';
COMMENT ON COLUMN analytics.price_recommendations.current_price IS 'Average price paid in these days.';
COMMENT ON COLUMN analytics.price_recommendations.advised_price IS
'Average price to aim at: cost × e / (1 + e) with the elasticity e when it is below -1, the highest allowed when not; no '
'further from current_price than config.pricing.max_price_change.';
COMMENT ON COLUMN analytics.price_recommendations.price_change IS 'advised_price against current_price, in percent.';
COMMENT ON COLUMN analytics.price_recommendations.expected_gain IS
'Margin more in 28 days: units × ((advised - cost) × (advised / current)^elasticity - (current - cost)).';
COMMENT ON COLUMN analytics.price_recommendations.expected_gain_low IS
'The lesser of the gains with the two ends of the elasticity''s interval.';
COMMENT ON COLUMN analytics.price_recommendations.expected_gain_high IS 'The greater of them.';
COMMENT ON COLUMN analytics.price_recommendations.is_gain_sure IS
'Does the advised price gain with every elasticity of the interval? false: try it on few first.';
