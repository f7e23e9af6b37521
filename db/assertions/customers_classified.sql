CREATE VIEW assertions.customers_classified AS
SELECT
    c.customer_id,
    c.customer_tier,
    c.value_segment,
    c.customer_status
FROM analytics.customer_metrics AS c
WHERE c.customer_tier IS NULL OR c.value_segment IS NULL OR c.customer_status IS NULL;

COMMENT ON VIEW assertions.customers_classified IS
'error: Every customer has a tier, a value segment and a health.';
