CREATE MATERIALIZED VIEW analytics.product_performance AS
WITH

-- LIMIT tells the planner that this is one row; of tables so small it has no statistics and expects thousands.
limits AS (
    SELECT
        k.as_of,
        (SELECT min(d.sale_date) FROM rollup.days AS d) <= k.as_of - 179 AS has_previous_90_days,
        (SELECT array_agg(c.from_share ORDER BY c.from_share) FROM config.performance_category AS c) AS category_shares,
        (SELECT array_agg(c.performance_category ORDER BY c.from_share) FROM config.performance_category AS c) AS categories,
        (SELECT array_agg(c.from_share ORDER BY c.from_share) FROM config.abc_class AS c) AS class_shares,
        (SELECT array_agg(c.abc_class ORDER BY c.from_share) FROM config.abc_class AS c) AS classes
    FROM config.clock AS k
    ORDER BY k.as_of
    LIMIT 1
),

totals AS (
    SELECT
        m.product_id,
        sum(m.total_orders)::bigint AS total_orders,
        sum(m.completed_orders)::bigint AS completed_orders,
        sum(m.quantity_sold)::bigint AS quantity_sold,
        sum(m.total_revenue) AS total_revenue,
        sum(m.total_cost) AS total_cost,
        sum(m.costed_revenue) AS costed_revenue,
        min(m.first_sale_date) AS first_sale_date,
        max(m.last_sale_date) AS last_sale_date
    FROM rollup.product_months AS m
    GROUP BY m.product_id
),

recent AS (
    SELECT
        d.product_id,
        sum(d.total_revenue) FILTER (WHERE d.sale_date > (SELECT k.as_of - 90 FROM config.clock AS k)) AS revenue_90_days,
        sum(d.total_revenue) FILTER (WHERE d.sale_date <= (SELECT k.as_of - 90 FROM config.clock AS k)) AS previous_90_days
    FROM rollup.product_days AS d
    WHERE
        d.sale_date > (SELECT k.as_of - 180 FROM config.clock AS k)
        AND d.sale_date <= (SELECT k.as_of FROM config.clock AS k)
    GROUP BY d.product_id
),

buyers AS (
    SELECT
        c.product_id,
        count(*) AS buyers
    FROM rollup.customer_products AS c
    GROUP BY c.product_id
),

products AS (
    SELECT
        p.product_id,
        p.product_name,
        p.price,
        p.cost,
        t.total_cost,
        t.costed_revenue,
        t.first_sale_date,
        t.last_sale_date,
        coalesce(p.category, 'Uncategorized') AS category,
        coalesce(t.total_orders, 0) AS total_orders,
        coalesce(t.completed_orders, 0) AS completed_orders,
        coalesce(t.quantity_sold, 0) AS total_quantity_sold,
        coalesce(t.total_revenue, 0) AS total_revenue,
        coalesce(r.revenue_90_days, 0) AS revenue_90_days,
        coalesce(r.previous_90_days, 0) AS previous_90_days,
        coalesce(b.buyers, 0) AS buyers,
        CASE WHEN t.quantity_sold > 0 THEN t.costed_revenue - t.total_cost ELSE 0 END AS margin_amount
    FROM staging.products AS p
    LEFT JOIN totals AS t ON p.product_id = t.product_id
    LEFT JOIN recent AS r ON p.product_id = r.product_id
    LEFT JOIN buyers AS b ON p.product_id = b.product_id
),

-- Products of equal revenue are peers: they get the same rank and the same class.
ranked AS (
    SELECT
        p.*,
        (rank() OVER by_revenue - 1)::numeric / count(*) OVER () AS better_share,
        nullif(sum(p.total_revenue) OVER (), 0) AS all_revenue,
        coalesce(sum(p.total_revenue) OVER (by_revenue GROUPS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0)
            AS revenue_above
    FROM products AS p
    WINDOW by_revenue AS (ORDER BY p.total_revenue DESC)
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
    CASE
        WHEN r.total_revenue > 0 THEN k.categories[width_bucket(r.better_share, k.category_shares)] ELSE 'Low'
    END AS performance_category,
    r.completed_orders,
    r.buyers,
    CASE WHEN r.total_quantity_sold > 0 THEN r.total_cost ELSE 0 END::numeric(18, 2) AS total_cost,
    r.margin_amount::numeric(18, 2) AS margin_amount,
    (100 * r.margin_amount / nullif(r.costed_revenue, 0))::numeric(18, 2) AS margin_share,
    (100 * r.total_revenue / r.all_revenue)::numeric(7, 4) AS revenue_share,
    CASE
        WHEN r.total_revenue > 0 THEN k.classes[width_bucket(r.revenue_above / r.all_revenue, k.class_shares)] ELSE 'C'
    END AS abc_class,
    r.revenue_90_days::numeric(18, 2) AS revenue_90_days,
    r.previous_90_days::numeric(18, 2) AS previous_revenue_90_days,
    CASE
        WHEN k.has_previous_90_days THEN 100 * (r.revenue_90_days - r.previous_90_days) / nullif(r.previous_90_days, 0)
    END::numeric(18, 2) AS revenue_growth,
    r.first_sale_date,
    r.last_sale_date,
    NULL::boolean AS no_duplicate_check
FROM ranked AS r
CROSS JOIN limits AS k;

CREATE UNIQUE INDEX product_performance_product_id_key ON analytics.product_performance (product_id);

COMMENT ON MATERIALIZED VIEW analytics.product_performance IS
'One row per product, those never sold too. bi.product_performance has the columns of product_ranks as well.';
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
COMMENT ON COLUMN analytics.product_performance.completed_orders IS 'Orders with the product that count as revenue.';
COMMENT ON COLUMN analytics.product_performance.buyers IS
'Customers who bought the product in a completed order; guests are not counted.';
COMMENT ON COLUMN analytics.product_performance.total_cost IS
'Cost of the units sold, each at the cost of its day; units whose cost is not known are left out. NULL: of all.';
COMMENT ON COLUMN analytics.product_performance.margin_amount IS
'Revenue minus total_cost, of the units whose cost is known; 0 when nothing was sold, NULL when no cost is known.';
COMMENT ON COLUMN analytics.product_performance.margin_share IS
'margin_amount in percent of the revenue of the same units; NULL when that is 0.';
COMMENT ON COLUMN analytics.product_performance.revenue_share IS
'total_revenue in percent of all products'' revenue; NULL when nothing was sold at all.';
COMMENT ON COLUMN analytics.product_performance.abc_class IS
'A, B or C, by the share of revenue of the products with more revenue; limits in config.abc_class. Without revenue: C.';
COMMENT ON COLUMN analytics.product_performance.revenue_90_days IS
'Revenue of the 90 days that end with config.clock.as_of; orders of later days are in total_revenue only.';
COMMENT ON COLUMN analytics.product_performance.previous_revenue_90_days IS 'Revenue of the 90 days before these.';
COMMENT ON COLUMN analytics.product_performance.revenue_growth IS
'revenue_90_days against the 90 days before, in percent; NULL when nothing was sold in those, or the shop began in them.';
COMMENT ON COLUMN analytics.product_performance.first_sale_date IS 'Day of the first completed order with the product.';
COMMENT ON COLUMN analytics.product_performance.last_sale_date IS 'Day of the last completed order with the product.';
COMMENT ON COLUMN analytics.product_performance.no_duplicate_check IS
'Internal: always NULL. A refresh searches the rows that hold no NULL for equal ones, which the key excludes already.';
