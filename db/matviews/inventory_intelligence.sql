CREATE MATERIALIZED VIEW analytics.inventory_intelligence AS
WITH

-- LIMIT tells the planner that this is one row; of tables so small it has no statistics and expects thousands.
settings AS (
    SELECT
        k.as_of,
        v.z,
        i.default_lead_time_days,
        i.lead_time_variation,
        i.order_days,
        i.overstock_days,
        i.dead_stock_days,
        i.trend_change,
        (SELECT array_agg(x.from_variation ORDER BY x.from_variation) FROM config.xyz_class AS x) AS class_variations,
        (SELECT array_agg(x.xyz_class ORDER BY x.from_variation) FROM config.xyz_class AS x) AS classes
    FROM config.clock AS k
    CROSS JOIN config.inventory AS i
    INNER JOIN config.service_level AS v ON i.service_level = v.service_level
    ORDER BY k.as_of
    LIMIT 1
),

-- Week 0 is the seven days that end with as_of. The first four are the 28 days.
weeks AS (
    SELECT
        d.product_id,
        ((SELECT k.as_of FROM config.clock AS k) - d.sale_date) / 7 AS week,
        sum(d.quantity_sold) AS units,
        sum(d.quantity_sold * d.quantity_sold) AS squares
    FROM rollup.product_days AS d
    WHERE
        d.quantity_sold > 0
        AND d.sale_date > (SELECT k.as_of - 90 FROM config.clock AS k)
        AND d.sale_date <= (SELECT k.as_of FROM config.clock AS k)
    GROUP BY d.product_id, ((SELECT k.as_of FROM config.clock AS k) - d.sale_date) / 7
),

-- A young product is observed since its first sale, but for 28 days at least: a sale on its first day is no demand of one a day.
observed AS (
    SELECT
        m.product_id,
        max(m.last_sale_date) AS last_sale_date,
        least(90, greatest(28, s.as_of - min(m.first_sale_date) + 1)) AS observed_days
    FROM rollup.product_months AS m
    CROSS JOIN settings AS s
    WHERE m.first_sale_date IS NOT NULL
    GROUP BY m.product_id, s.as_of
),

demand AS (
    SELECT
        o.product_id,
        o.last_sale_date,
        o.observed_days,
        o.observed_days / 7 AS whole_weeks,
        coalesce(sum(w.units) FILTER (WHERE w.week < 4), 0) AS units_28,
        coalesce(sum(w.units), 0) AS units_90,
        coalesce(sum(w.squares), 0) AS squares,
        coalesce(sum(w.units) FILTER (WHERE w.week < o.observed_days / 7), 0) AS week_units,
        coalesce(sum(w.units * w.units) FILTER (WHERE w.week < o.observed_days / 7), 0) AS week_squares
    FROM observed AS o
    LEFT JOIN weeks AS w ON o.product_id = w.product_id
    GROUP BY o.product_id, o.last_sale_date, o.observed_days
),

-- What the model expects of a product that is not dead by now.
forecasts AS (
    SELECT f.*
    FROM predict.product_demand AS f
    INNER JOIN predict.model AS m ON m.model_name = 'product_demand' AND m.is_usable
),

-- Sample variance from sums, (n × Σx² − (Σx)²) / (n × (n − 1)): exact, and never below zero.
products AS (
    SELECT
        p.product_id,
        p.product_name,
        p.cost,
        d.last_sale_date,
        i.on_hand,
        i.on_order,
        i.counted_at,
        coalesce(p.category, 'Uncategorized') AS category,
        coalesce(d.units_28, 0) AS units_28,
        coalesce(d.units_90, 0) AS units_90,
        coalesce(d.observed_days, 90) AS observed_days,
        coalesce(
            (d.observed_days * d.squares - d.units_90 * d.units_90) / (d.observed_days * (d.observed_days - 1)), 0
        ) AS day_variance,
        (
            sqrt((d.whole_weeks * d.week_squares - d.week_units * d.week_units) / (d.whole_weeks * (d.whole_weeks - 1)))
            / nullif(d.week_units / d.whole_weeks, 0)
        )::numeric(18, 4) AS demand_variation,
        CASE WHEN i.product_id IS NOT NULL THEN coalesce(i.lead_time_days, s.default_lead_time_days) END AS lead_time_days,
        f.demand_class,
        f.method,
        f.weekly_units,
        f.weekly_error
    FROM staging.products AS p
    CROSS JOIN settings AS s
    LEFT JOIN demand AS d ON p.product_id = d.product_id
    LEFT JOIN staging.inventory AS i ON p.product_id = i.product_id
    LEFT JOIN forecasts AS f ON p.product_id = f.product_id AND s.as_of - d.last_sale_date <= s.dead_stock_days
),

-- By the plain rule, units_90 / observed_days a day: products that are new, dead, or of a kind that could not be tested.
expected AS (
    SELECT
        p.*,
        coalesce(p.weekly_units, p.units_90) AS span_units,
        CASE WHEN p.method IS NULL THEN p.observed_days ELSE 7 END AS span_days,
        coalesce(p.weekly_error * p.weekly_error / 7, p.day_variance) AS error_variance
    FROM products AS p
),

-- safety stock = z × sqrt(L × σ_d² + d² × σ_L²): L days of lead time, d units a day, σ their standard deviations.
-- Source: Peter L. King, Crack the Code: Understanding Safety Stock and Mastering Its Equations, APICS Magazine, July 2011.
safe AS (
    SELECT
        p.*,
        s.z * sqrt(
            p.lead_time_days * p.error_variance
            + power(p.span_units / p.span_days * s.lead_time_variation * p.lead_time_days, 2)
        ) AS safety_stock
    FROM expected AS p
    CROSS JOIN settings AS s
),

-- Rounded before the ceiling: a millionth of a unit comes from dividing, not from demand.
planned AS (
    SELECT
        f.*,
        ceil(round(f.span_units * f.lead_time_days / f.span_days + f.safety_stock, 6))::bigint AS reorder_point,
        ceil(round(f.span_units * s.order_days / f.span_days, 6))::bigint AS order_units,
        f.on_hand * f.span_days / nullif(f.span_units, 0) AS days_of_cover
    FROM safe AS f
    CROSS JOIN settings AS s
)

SELECT
    p.product_id,
    p.product_name,
    p.category,
    p.units_28::bigint AS units_28_days,
    p.units_90::bigint AS units_90_days,
    p.observed_days,
    (p.units_28 / 28)::numeric(18, 4) AS daily_units_28_days,
    (p.units_90 / p.observed_days)::numeric(18, 4) AS daily_units_90_days,
    (100 * (p.units_28 * p.observed_days / (28 * nullif(p.units_90, 0)) - 1))::numeric(18, 2) AS daily_units_growth,
    CASE
        WHEN p.units_90 = 0 THEN NULL
        WHEN 100 * p.units_28 * p.observed_days >= (100 + s.trend_change) * 28 * p.units_90 THEN 'Rising'
        WHEN 100 * p.units_28 * p.observed_days <= (100 - s.trend_change) * 28 * p.units_90 THEN 'Falling'
        ELSE 'Steady'
    END AS demand_trend,
    p.demand_variation,
    s.classes[width_bucket(p.demand_variation, s.class_variations)] AS xyz_class,
    p.last_sale_date,
    CASE WHEN p.last_sale_date > s.as_of THEN 0 ELSE s.as_of - p.last_sale_date END AS days_since_last_sale,
    p.on_hand,
    p.on_order,
    p.counted_at,
    p.lead_time_days,
    (p.on_hand * p.cost)::numeric(18, 2) AS stock_value,
    p.days_of_cover::numeric(18, 1) AS days_of_cover,
    p.safety_stock::numeric(18, 2) AS safety_stock,
    p.reorder_point,
    CASE
        WHEN p.on_hand + p.on_order <= p.reorder_point THEN p.reorder_point + p.order_units - p.on_hand - p.on_order
        WHEN p.on_hand IS NOT NULL THEN 0
    END AS reorder_quantity,
    CASE
        WHEN p.on_hand IS NULL THEN NULL
        WHEN p.on_hand = 0 THEN 'Out of stock'
        WHEN coalesce(s.as_of - p.last_sale_date > s.dead_stock_days, true) THEN 'Dead stock'
        WHEN p.days_of_cover < p.lead_time_days THEN 'Stock-out risk'
        WHEN p.on_hand + p.on_order <= p.reorder_point THEN 'Reorder'
        WHEN coalesce(p.days_of_cover > s.overstock_days, true) THEN 'Overstock'
        ELSE 'In stock'
    END AS stock_status,
    p.demand_class,
    coalesce(p.method, 'Mean of 90 days') AS forecast_method,
    (7 * p.span_units / p.span_days)::numeric(18, 4) AS expected_weekly_units,
    sqrt(7 * p.error_variance)::numeric(18, 4) AS weekly_units_error,
    NULL::boolean AS no_duplicate_check
FROM planned AS p
CROSS JOIN settings AS s;

CREATE UNIQUE INDEX inventory_intelligence_product_id_key ON analytics.inventory_intelligence (product_id);

COMMENT ON MATERIALIZED VIEW analytics.inventory_intelligence IS
'One row per product, those never sold too: demand a day and, where staging.inventory has the product, what its stock asks for.';
COMMENT ON COLUMN analytics.inventory_intelligence.product_id IS 'Key.';
COMMENT ON COLUMN analytics.inventory_intelligence.product_name IS 'Name.';
COMMENT ON COLUMN analytics.inventory_intelligence.category IS 'Category; Uncategorized when the shop''s file gives none.';
COMMENT ON COLUMN analytics.inventory_intelligence.units_28_days IS
'Units in completed orders of the 28 days that end with config.clock.as_of.';
COMMENT ON COLUMN analytics.inventory_intelligence.units_90_days IS 'Units in completed orders of the 90 days that end with it.';
COMMENT ON COLUMN analytics.inventory_intelligence.observed_days IS
'Days that demand is measured over: 90, or fewer since the first sale, but 28 at least.';
COMMENT ON COLUMN analytics.inventory_intelligence.daily_units_28_days IS 'units_28_days / 28.';
COMMENT ON COLUMN analytics.inventory_intelligence.daily_units_90_days IS
'Demand a day: units_90_days / observed_days.';
COMMENT ON COLUMN analytics.inventory_intelligence.daily_units_growth IS
'daily_units_28_days against daily_units_90_days, in percent; NULL when nothing was sold in 90 days.';
COMMENT ON COLUMN analytics.inventory_intelligence.demand_trend IS
'Rising, Steady or Falling, by daily_units_growth; limit in config.inventory.trend_change. NULL: nothing was sold in 90 days.';
COMMENT ON COLUMN analytics.inventory_intelligence.demand_variation IS
'Coefficient of variation: sample standard deviation of the units a week / their mean, over the whole weeks of observed_days.';
COMMENT ON COLUMN analytics.inventory_intelligence.xyz_class IS
'X (steady demand), Y or Z (erratic), by demand_variation; limits in config.xyz_class. NULL: nothing was sold in these weeks.';
COMMENT ON COLUMN analytics.inventory_intelligence.last_sale_date IS
'Day of the last completed order with the product; NULL when it was never sold.';
COMMENT ON COLUMN analytics.inventory_intelligence.days_since_last_sale IS
'Days from last_sale_date to config.clock.as_of; 0 for a later one.';
COMMENT ON COLUMN analytics.inventory_intelligence.on_hand IS
'Units in stock when they were counted; NULL, like all columns up to stock_status, when staging.inventory does not have the '
'product.';
COMMENT ON COLUMN analytics.inventory_intelligence.on_order IS 'Units ordered from the supplier and not there yet.';
COMMENT ON COLUMN analytics.inventory_intelligence.counted_at IS 'When the stock was counted; later sales are not taken off it.';
COMMENT ON COLUMN analytics.inventory_intelligence.lead_time_days IS
'Days from an order to its delivery; config.inventory.default_lead_time_days when it is not known.';
COMMENT ON COLUMN analytics.inventory_intelligence.stock_value IS 'on_hand × current cost; NULL when the cost is not known.';
COMMENT ON COLUMN analytics.inventory_intelligence.days_of_cover IS
'Days until on_hand is sold: 7 × on_hand / expected_weekly_units; NULL when nothing is expected to sell.';
COMMENT ON COLUMN analytics.inventory_intelligence.safety_stock IS
'Units against chance: z × sqrt(L × e² / 7 + (d × σ_L)²), with z of config.inventory.service_level, L = lead_time_days, e = '
'weekly_units_error, d = expected_weekly_units / 7, σ_L = L × config.inventory.lead_time_variation. Source: P. L. King, Crack '
'the Code, APICS Magazine, July 2011.';
COMMENT ON COLUMN analytics.inventory_intelligence.reorder_point IS
'Order when on_hand + on_order has come down to this: d × L + safety_stock, rounded up.';
COMMENT ON COLUMN analytics.inventory_intelligence.reorder_quantity IS
'Units to order now: from the reorder point on, up to it and config.inventory.order_days of demand more; else 0.';
COMMENT ON COLUMN analytics.inventory_intelligence.stock_status IS
'The first that holds: Out of stock; Dead stock (not sold for more than dead_stock_days, or never); Stock-out risk '
'(days_of_cover shorter than the lead time); Reorder (reorder point reached); Overstock (lasts more than overstock_days); '
'In stock. Limits in config.inventory.';
COMMENT ON COLUMN analytics.inventory_intelligence.demand_class IS
'Kind of demand: Smooth, Erratic, Intermittent or Lumpy, by the interval between weeks with a sale and by how their units vary; '
'limits in config.demand. NULL: the plain rule stands for a forecast.';
COMMENT ON COLUMN analytics.inventory_intelligence.forecast_method IS
'How expected_weekly_units is found: the method of analytics.demand_methods that erred least for the demand_class. Mean of 90 '
'days: the plain rule, for products that are new or dead, and kinds of demand with not enough data.';
COMMENT ON COLUMN analytics.inventory_intelligence.expected_weekly_units IS
'Units expected of a week: by the forecast_method, as of the last fit; by the plain rule 7 × daily_units_90_days. Cover, safety '
'stock and reordering go by it.';
COMMENT ON COLUMN analytics.inventory_intelligence.weekly_units_error IS
'Standard error of expected_weekly_units: how far the units of a week are from it, by what the back-test found for the '
'demand_class; by the plain rule the sample standard deviation of the units a day over observed_days × √7.';
COMMENT ON COLUMN analytics.inventory_intelligence.no_duplicate_check IS
'Internal: always NULL. A refresh searches the rows that hold no NULL for equal ones, which the key excludes already.';
