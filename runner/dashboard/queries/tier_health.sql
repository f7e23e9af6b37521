-- One row per country, tier and health; country NULL: all.
WITH

places AS (
    SELECT
        s.customer_tier,
        s.customer_status,
        min(s.segment_order) OVER (PARTITION BY s.customer_tier) AS tier_order,
        s.segment_order - min(s.segment_order) OVER (PARTITION BY s.customer_tier) AS status_order
    FROM bi.customer_segments AS s
)

SELECT
    c.country AS for_country,
    c.customer_tier,
    c.customer_status,
    min(p.tier_order) AS tier_order,
    min(p.status_order) + CASE WHEN c.customer_status = 'Prospect' THEN 9 ELSE 0 END AS status_order,
    sum(c.customers)::bigint AS customers,
    sum(c.total_revenue) AS total_revenue
FROM bi.customer_mix AS c
LEFT JOIN places AS p ON c.customer_tier = p.customer_tier AND c.customer_status = p.customer_status
GROUP BY GROUPING SETS ((c.customer_tier, c.customer_status), (c.country, c.customer_tier, c.customer_status))
ORDER BY c.country NULLS FIRST, tier_order, status_order;
