CREATE MATERIALIZED VIEW analytics.product_ranks AS
SELECT
    p.product_id,
    (100 * sum(p.total_revenue) OVER by_revenue / nullif(sum(p.total_revenue) OVER (), 0))::numeric(7, 4) AS cumulative_share,
    rank() OVER (PARTITION BY p.category ORDER BY p.total_revenue DESC) AS category_rank,
    NULL::boolean AS no_duplicate_check
FROM analytics.product_performance AS p
WINDOW by_revenue AS (ORDER BY p.total_revenue DESC);

CREATE UNIQUE INDEX product_ranks_product_id_key ON analytics.product_ranks (product_id);

COMMENT ON MATERIALIZED VIEW analytics.product_ranks IS
'One row per product, those never sold too: its place among the others. An order moves most of these rows, and few of '
'product_performance, so they are kept apart; bi.product_performance has both.';
COMMENT ON COLUMN analytics.product_ranks.product_id IS 'Key.';
COMMENT ON COLUMN analytics.product_ranks.cumulative_share IS
'Revenue of the products with as much or more revenue, in percent of all products'' revenue; NULL when nothing was sold.';
COMMENT ON COLUMN analytics.product_ranks.category_rank IS
'Rank by total_revenue within the category; products of equal revenue have the same.';
COMMENT ON COLUMN analytics.product_ranks.no_duplicate_check IS
'Internal: always NULL. A refresh searches the rows that hold no NULL for equal ones, which the key excludes already.';
