CREATE VIEW assertions.customer_row_count AS
SELECT
    s.row_count AS staging_customers,
    m.row_count AS customer_metrics_rows,
    e.min_customers
FROM (SELECT count(*) AS row_count FROM staging.customers) AS s
CROSS JOIN (SELECT count(*) AS row_count FROM analytics.customer_metrics) AS m
CROSS JOIN config.expectation AS e
WHERE s.row_count <> m.row_count OR m.row_count < e.min_customers;

COMMENT ON VIEW assertions.customer_row_count IS
'error: Every customer of staging has one row in customer_metrics, and there are at least config.expectation.min_customers.';
