-- One row per product. Key: product_id
WITH

product_days AS (
    SELECT
        i.product_id,
        o.order_day,
        sum(i.quantity) AS units
    FROM order_items AS i
    INNER JOIN orders AS o ON i.order_id = o.order_id
    INNER JOIN order_status AS s ON o.status = s.status
    CROSS JOIN clock AS k
    WHERE s.is_revenue AND o.order_day > k.as_of - 90 AND o.order_day <= k.as_of
    GROUP BY i.product_id, o.order_day
),

demand AS (
    SELECT
        d.product_id,
        sum(d.units) FILTER (WHERE d.order_day > k.as_of - 28) AS units_28_days,
        sum(d.units) AS units_90_days,
        -- Days without a sale count as zero: the variance comes from the sums.
        sqrt(greatest(sum(d.units * d.units) / 90.0 - (sum(d.units) / 90.0) * (sum(d.units) / 90.0), 0)) AS deviation,
        max(d.order_day) AS last_sale_date
    FROM product_days AS d
    CROSS JOIN clock AS k
    GROUP BY d.product_id
),

velocity AS (
    SELECT
        p.product_id,
        p.product_name,
        p.category,
        coalesce(d.units_28_days, 0) / 28.0 AS units_a_day_28,
        coalesce(d.units_90_days, 0) / 90.0 AS units_a_day_90,
        coalesce(d.deviation, 0) AS deviation,
        d.last_sale_date
    FROM products AS p
    LEFT JOIN demand AS d ON p.product_id = d.product_id
)

SELECT
    v.product_id,
    v.product_name,
    v.category,
    v.units_a_day_28::numeric(12, 3) AS units_a_day_28,
    v.units_a_day_90::numeric(12, 3) AS units_a_day_90,
    (100 * (v.units_a_day_28 - v.units_a_day_90) / nullif(v.units_a_day_90, 0))::numeric(18, 2) AS trend,
    (v.deviation / nullif(v.units_a_day_90, 0))::numeric(12, 3) AS variability,
    CASE
        WHEN v.deviation <= 0.5 * v.units_a_day_90 THEN 'X'
        WHEN v.deviation <= v.units_a_day_90 THEN 'Y'
        ELSE 'Z'
    END AS xyz_class,
    (1.645 * v.deviation * sqrt(14))::numeric(12, 1) AS safety_stock,
    (14 * v.units_a_day_28 + 1.645 * v.deviation * sqrt(14))::numeric(12, 1) AS reorder_point,
    v.last_sale_date,
    v.last_sale_date IS NULL AS is_dead_stock
FROM velocity AS v
