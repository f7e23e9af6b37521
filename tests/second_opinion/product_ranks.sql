-- No window: the products that sell as much or more are summed, those of the category that sell more are counted.
WITH shop AS (SELECT nullif(sum(total_revenue), 0) AS revenue FROM product_performance)
SELECT
    a.product_id,
    round(
        100 * (SELECT sum(b.total_revenue) FROM product_performance AS b WHERE b.total_revenue >= a.total_revenue) / revenue, 4
    )::decimal(7, 4) AS cumulative_share,
    1 + (
        SELECT count(*) FROM product_performance AS b
        WHERE b.category = a.category AND b.total_revenue > a.total_revenue
    ) AS category_rank
FROM product_performance AS a CROSS JOIN shop
