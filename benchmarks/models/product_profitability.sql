-- One row per product. Key: product_id
WITH

sales AS (
    SELECT
        i.product_id,
        sum(i.quantity) AS units_sold,
        sum(i.total_amount) AS total_revenue,
        sum(i.quantity * (p.price - i.unit_price)) AS discount_given,
        sum(i.total_amount - i.quantity * p.cost) AS contribution
    FROM order_items AS i
    INNER JOIN orders AS o ON i.order_id = o.order_id
    INNER JOIN order_status AS s ON o.status = s.status
    INNER JOIN products AS p ON i.product_id = p.product_id
    WHERE s.is_revenue
    GROUP BY i.product_id
),

category_margins AS (
    SELECT
        p.category,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY (p.price - p.cost) / p.price) AS median_margin
    FROM products AS p
    WHERE p.price > 0
    GROUP BY p.category
)

SELECT
    p.product_id,
    p.product_name,
    p.category,
    p.price,
    p.cost,
    coalesce(s.units_sold, 0) AS units_sold,
    coalesce(s.total_revenue, 0)::numeric(18, 2) AS total_revenue,
    coalesce(s.contribution, 0)::numeric(18, 2) AS contribution,
    coalesce(s.contribution < 0, false) AS is_loss_maker,
    coalesce(s.discount_given, 0)::numeric(18, 2) AS discount_given,
    (p.cost / nullif(1 - m.median_margin::numeric(9, 6), 0))::numeric(14, 2) AS price_at_median_margin,
    (s.units_sold * (p.cost / nullif(1 - m.median_margin::numeric(9, 6), 0) - s.total_revenue / nullif(s.units_sold, 0)))
    ::numeric(18, 2) AS gain_at_median_margin
FROM products AS p
LEFT JOIN sales AS s ON p.product_id = s.product_id
LEFT JOIN category_margins AS m ON p.category = m.category
