WITH days AS (
    SELECT i.product_id, o.order_date::date AS day, sum(i.quantity)::bigint AS units
    FROM order_items AS i JOIN orders AS o USING (order_id)
    WHERE o.status IN ('completed', 'shipped', 'delivered')
    GROUP BY ALL
),
spans AS (
    SELECT
        product_id,
        max(day) AS last_day,
        CASE
            WHEN min(day) < $as_of - 88 THEN 90
            WHEN min(day) > $as_of - 28 THEN 28
            ELSE $as_of - min(day) + 1
        END AS length
    FROM days
    GROUP BY product_id
),
-- Every day and every whole week of a product's span, those without a sale too.
filled AS (
    SELECT s.product_id, s.length, g.n AS age, coalesce(d.units, 0) AS units
    FROM spans AS s
    JOIN range(0, 90) AS g (n) ON g.n < s.length
    LEFT JOIN days AS d ON d.product_id = s.product_id AND d.day = $as_of - g.n::integer
),
weeks AS (
    SELECT product_id, age // 7 AS week, sum(units) AS units FROM filled WHERE age // 7 < length // 7 GROUP BY ALL
),
demand AS (
    SELECT
        f.product_id,
        any_value(f.length) AS length,
        coalesce(sum(f.units) FILTER (f.age < 28), 0)::bigint AS units_28,
        sum(f.units)::bigint AS units_90,
        var_samp(f.units) AS variance,
        -- As it is shown: the order in which a float is summed must not decide a class.
        (SELECT round(stddev_samp(w.units) / nullif(avg(w.units), 0), 4) FROM weeks AS w WHERE w.product_id = f.product_id)
            AS variation
    FROM filled AS f
    GROUP BY f.product_id
),
stocked AS (
    SELECT
        p.product_id,
        p.product_name,
        coalesce(p.category, 'Uncategorized') AS category,
        p.cost,
        d.variation,
        s.last_day,
        coalesce(d.length, 90)::integer AS length,
        coalesce(d.units_28, 0) AS units_28,
        coalesce(d.units_90, 0) AS units_90,
        coalesce(d.variance, 0) AS variance,
        i.on_hand,
        i.on_order,
        CASE WHEN i.on_hand IS NOT NULL THEN coalesce(i.lead_time_days, 14) END AS lead,
        m.demand_class,
        m.method,
        m.weekly_units,
        m.weekly_error
    FROM products AS p
    LEFT JOIN spans AS s USING (product_id)
    LEFT JOIN demand AS d USING (product_id)
    LEFT JOIN inventory AS i USING (product_id)
    -- A product without a sale in half a year is not forecast.
    LEFT JOIN product_demand AS m ON m.product_id = p.product_id AND s.last_day >= $as_of - 180
),
-- Ten thousandths of units and the days that they are expected in: a week, or the span of the plain rule.
rates AS (
    SELECT
        *,
        CASE WHEN method IS NULL THEN 10000 * units_90 ELSE (10000 * weekly_units)::hugeint END AS parts,
        CASE WHEN method IS NULL THEN length ELSE 7 END AS span,
        CASE WHEN method IS NULL THEN sqrt(7 * variance) ELSE weekly_error::double END AS week_error
    FROM stocked
),
planned AS (
    SELECT
        *,
        1.6449::double * sqrt(lead / 7) * week_error AS safety,
        ceil(round(parts * lead / (10000 * span) + safety, 6))::bigint AS point,
        ceil(round(parts * 28 / (10000 * span), 6))::bigint AS more,
        CASE WHEN parts > 0 THEN 10000 * on_hand * span / parts END AS cover
    FROM rates
)
SELECT
    product_id,
    product_name,
    category,
    units_28 AS units_28_days,
    units_90 AS units_90_days,
    length AS observed_days,
    round(units_28 / 28, 4)::decimal(18, 4) AS daily_units_28_days,
    round(units_90 / length, 4)::decimal(18, 4) AS daily_units_90_days,
    CASE WHEN units_90 > 0 THEN round(100 * units_28 * length / (28 * units_90) - 100, 2) END::decimal(18, 2) AS daily_units_growth,
    CASE
        WHEN units_90 = 0 THEN NULL
        WHEN 5 * units_28 * length >= 6 * 28 * units_90 THEN 'Rising'
        WHEN 5 * units_28 * length <= 4 * 28 * units_90 THEN 'Falling'
        ELSE 'Steady'
    END AS demand_trend,
    variation::decimal(18, 4) AS demand_variation,
    CASE WHEN variation < 0.5 THEN 'X' WHEN variation < 1 THEN 'Y' WHEN variation >= 1 THEN 'Z' END AS xyz_class,
    last_day AS last_sale_date,
    (CASE WHEN last_day > $as_of THEN 0 ELSE $as_of - last_day END)::integer AS days_since_last_sale,
    on_hand,
    on_order,
    lead AS lead_time_days,
    (on_hand * cost)::decimal(18, 2) AS stock_value,
    round(cover, 1)::decimal(18, 1) AS days_of_cover,
    round(safety, 2)::decimal(18, 2) AS safety_stock,
    point AS reorder_point,
    CASE WHEN on_hand IS NOT NULL THEN CASE WHEN on_hand + on_order > point THEN 0 ELSE point + more - on_hand - on_order END END
        AS reorder_quantity,
    CASE
        WHEN on_hand IS NULL THEN NULL
        WHEN on_hand = 0 THEN 'Out of stock'
        WHEN last_day IS NULL OR $as_of - last_day > 180 THEN 'Dead stock'
        WHEN cover < lead THEN 'Stock-out risk'
        WHEN on_hand + on_order <= point THEN 'Reorder'
        WHEN parts = 0 OR cover > 180 THEN 'Overstock'
        ELSE 'In stock'
    END AS stock_status,
    demand_class,
    coalesce(method, 'Mean of 90 days') AS forecast_method,
    round(7 * parts / (10000 * span), 4)::decimal(18, 4) AS expected_weekly_units,
    round(week_error, 4)::decimal(18, 4) AS weekly_units_error
FROM planned
