CREATE MATERIALIZED VIEW analytics.product_performance AS
WITH

categories AS (
    SELECT
        c.performance_category,
        c.from_share,
        lead(c.from_share) OVER (ORDER BY c.from_share) AS below_share
    FROM config.performance_category AS c
),

totals AS (
    SELECT
        d.product_id,
        sum(d.total_orders)::bigint AS total_orders,
        sum(d.quantity_sold)::bigint AS quantity_sold,
        sum(d.total_revenue) AS total_revenue
    FROM rollup.product_months AS d
    GROUP BY d.product_id
),

products AS (
    SELECT
        p.product_id,
        p.product_name,
        coalesce(p.category, 'Uncategorized') AS category,
        p.price,
        p.cost,
        coalesce(t.total_orders, 0) AS total_orders,
        coalesce(t.quantity_sold, 0) AS total_quantity_sold,
        coalesce(t.total_revenue, 0) AS total_revenue
    FROM staging.products AS p
    LEFT JOIN totals AS t ON p.product_id = t.product_id
),

ranked AS (
    SELECT
        p.*,
        (rank() OVER (ORDER BY p.total_revenue DESC) - 1)::numeric / count(*) OVER () AS better_share
    FROM products AS p
)

SELECT
    r.product_id,
    r.product_name,
    r.category,
    r.price,
    r.cost,
    (100 * (r.price - r.cost) / nullif(r.price, 0))::numeric(18, 2) AS profit_margin,
    r.total_orders,
    r.total_quantity_sold,
    r.total_revenue::numeric(18, 2) AS total_revenue,
    CASE WHEN r.total_revenue > 0 THEN c.performance_category ELSE 'Low' END AS performance_category
FROM ranked AS r
LEFT JOIN categories AS c
    ON r.better_share >= c.from_share AND (c.below_share IS NULL OR r.better_share < c.below_share);

CREATE UNIQUE INDEX product_performance_product_id_key ON analytics.product_performance (product_id);

COMMENT ON MATERIALIZED VIEW analytics.product_performance IS 'One row per product, those never sold too.';
COMMENT ON COLUMN analytics.product_performance.product_id IS 'Key.';
COMMENT ON COLUMN analytics.product_performance.product_name IS 'Name.';
COMMENT ON COLUMN analytics.product_performance.category IS 'Category; Uncategorized when the shop''s file gives none.';
COMMENT ON COLUMN analytics.product_performance.price IS 'Current list price.';
COMMENT ON COLUMN analytics.product_performance.cost IS 'Current cost of one unit; NULL when not known.';
COMMENT ON COLUMN analytics.product_performance.profit_margin IS
'Margin of the list price in percent: 100 × (price − cost) / price; NULL without a price or a cost.';
COMMENT ON COLUMN analytics.product_performance.total_orders IS 'Orders with the product, in any status.';
COMMENT ON COLUMN analytics.product_performance.total_quantity_sold IS 'Units in orders that count as revenue.';
COMMENT ON COLUMN analytics.product_performance.total_revenue IS
'Sum of total_amount of the product''s lines in orders that count as revenue.';
COMMENT ON COLUMN analytics.product_performance.performance_category IS
'Top, Good, Average or Low, by rank of total_revenue; limits in config.performance_category. Never sold: Low.';
