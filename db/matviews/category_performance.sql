CREATE MATERIALIZED VIEW analytics.category_performance AS
WITH

-- LIMIT tells the planner that this is one row; of tables so small it has no statistics and expects thousands.
clock AS (
    SELECT
        c.as_of,
        c.last_whole_day
    FROM config.clock AS c
    ORDER BY c.as_of
    LIMIT 1
),

-- From the month of the first order to that of the last, or of the day that figures are computed for.
months AS (
    SELECT
        g.month_start::date AS sale_month,
        g.month_start::date < b.first_date OR g.month_start + interval '1 month - 1 day' > k.last_whole_day AS is_partial
    FROM clock AS k
    CROSS JOIN (
        SELECT
            min(d.sale_date) AS first_date,
            max(d.sale_date) AS last_date
        FROM rollup.days AS d
    ) AS b
    CROSS JOIN generate_series(
        date_trunc('month', b.first_date::timestamp), greatest(b.last_date, k.as_of)::timestamp, interval '1 month'
    ) AS g (month_start)
),

categories AS (
    SELECT DISTINCT coalesce(p.category, 'Uncategorized') AS category
    FROM staging.products AS p
),

sold AS (
    SELECT
        coalesce(p.category, 'Uncategorized') AS category,
        m.sale_month,
        sum(m.quantity_sold)::bigint AS quantity_sold,
        count(*) FILTER (WHERE m.quantity_sold > 0) AS products_sold,
        sum(m.total_revenue) AS total_revenue,
        sum(m.total_cost) AS total_cost,
        sum(m.costed_revenue) AS costed_revenue
    FROM rollup.product_months AS m
    INNER JOIN staging.products AS p ON m.product_id = p.product_id
    GROUP BY coalesce(p.category, 'Uncategorized'), m.sale_month
),

-- Every category in every month, so that the row before is the month before.
grid AS (
    SELECT
        c.category,
        m.sale_month,
        m.is_partial,
        s.total_cost,
        s.costed_revenue,
        coalesce(s.quantity_sold, 0) AS quantity_sold,
        coalesce(s.products_sold, 0) AS products_sold,
        coalesce(s.total_revenue, 0) AS total_revenue,
        CASE WHEN s.quantity_sold > 0 THEN s.costed_revenue - s.total_cost ELSE 0 END AS margin_amount
    FROM categories AS c
    CROSS JOIN months AS m
    LEFT JOIN sold AS s ON c.category = s.category AND m.sale_month = s.sale_month
),

compared AS (
    SELECT
        g.*,
        sum(g.total_revenue) OVER (PARTITION BY g.sale_month) AS month_revenue,
        rank() OVER (PARTITION BY g.sale_month ORDER BY g.total_revenue DESC) AS category_rank,
        lag(g.total_revenue) OVER by_month AS month_before,
        lag(g.total_revenue, 12) OVER by_month AS year_before,
        g.is_partial OR lag(g.is_partial) OVER by_month AS is_month_partial,
        g.is_partial OR lag(g.is_partial, 12) OVER by_month AS is_year_partial
    FROM grid AS g
    WINDOW by_month AS (PARTITION BY g.category ORDER BY g.sale_month)
)

SELECT
    c.category,
    c.sale_month,
    c.is_partial,
    c.quantity_sold,
    c.products_sold,
    c.total_revenue::numeric(18, 2) AS total_revenue,
    (100 * c.total_revenue / nullif(c.month_revenue, 0))::numeric(7, 4) AS revenue_share,
    c.category_rank,
    CASE WHEN c.quantity_sold > 0 THEN c.total_cost ELSE 0 END::numeric(18, 2) AS total_cost,
    c.margin_amount::numeric(18, 2) AS margin_amount,
    (100 * c.margin_amount / nullif(c.costed_revenue, 0))::numeric(18, 2) AS margin_share,
    CASE
        WHEN NOT c.is_month_partial THEN 100 * (c.total_revenue - c.month_before) / nullif(c.month_before, 0)
    END::numeric(18, 2) AS month_growth,
    CASE
        WHEN NOT c.is_year_partial THEN 100 * (c.total_revenue - c.year_before) / nullif(c.year_before, 0)
    END::numeric(18, 2) AS year_growth
FROM compared AS c;

CREATE UNIQUE INDEX category_performance_category_sale_month_key
ON analytics.category_performance (category, sale_month);

COMMENT ON MATERIALIZED VIEW analytics.category_performance IS
'One row per category and month, from the first order to the last or to config.clock.as_of; months without a sale too.';
COMMENT ON COLUMN analytics.category_performance.category IS
'Key. The category that products have now; Uncategorized for those without one.';
COMMENT ON COLUMN analytics.category_performance.sale_month IS 'Key. First day of the month.';
COMMENT ON COLUMN analytics.category_performance.is_partial IS
'Whether the month begins before the first order or is not over on config.clock.last_whole_day.';
COMMENT ON COLUMN analytics.category_performance.quantity_sold IS 'Units in completed orders.';
COMMENT ON COLUMN analytics.category_performance.products_sold IS 'Products of the category that sold in the month.';
COMMENT ON COLUMN analytics.category_performance.total_revenue IS 'Sum of the lines in completed orders.';
COMMENT ON COLUMN analytics.category_performance.revenue_share IS
'total_revenue in percent of all categories'' revenue in the month; NULL when nothing was sold.';
COMMENT ON COLUMN analytics.category_performance.category_rank IS
'Rank by total_revenue in the month; categories of equal revenue have the same.';
COMMENT ON COLUMN analytics.category_performance.total_cost IS
'Cost of the units sold, each at the cost of its day; units whose cost is not known are left out. NULL: of all.';
COMMENT ON COLUMN analytics.category_performance.margin_amount IS
'Revenue minus total_cost, of the units whose cost is known; 0 when nothing was sold, NULL when no cost is known.';
COMMENT ON COLUMN analytics.category_performance.margin_share IS
'margin_amount in percent of the revenue of the same units; NULL when that is 0.';
COMMENT ON COLUMN analytics.category_performance.month_growth IS
'total_revenue against the month before, in percent; NULL when nothing was sold in that, or when one of them is partial.';
COMMENT ON COLUMN analytics.category_performance.year_growth IS
'total_revenue against the same month a year before, in percent; NULL when nothing was sold in that, or when one of them is '
'partial.';
