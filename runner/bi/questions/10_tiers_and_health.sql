-- Customers by tier and health
-- How many of our good customers are about to be lost?
-- bar: customer_tier, customers; by customer_status
SELECT
    s.customer_tier,
    s.customer_status,
    s.customers
FROM bi.customer_segments AS s
ORDER BY s.segment_order;
