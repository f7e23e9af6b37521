CREATE VIEW assertions.product_row_count AS
SELECT
    s.row_count AS staging_products,
    p.row_count AS product_performance_rows,
    e.min_products
FROM (SELECT count(*) AS row_count FROM staging.products) AS s
CROSS JOIN (SELECT count(*) AS row_count FROM analytics.product_performance) AS p
CROSS JOIN config.expectation AS e
WHERE s.row_count <> p.row_count OR p.row_count < e.min_products;

COMMENT ON VIEW assertions.product_row_count IS
'error: Every product of staging has one row in product_performance, and there are at least config.expectation.min_products.';
