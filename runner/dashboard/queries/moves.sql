-- One row per month and move between tiers, of the newest 24 months. customers is negative for a move down.
WITH

tiers AS (
    SELECT
        s.customer_tier,
        min(s.segment_order) AS tier_order
    FROM bi.customer_segments AS s
    GROUP BY s.customer_tier
)

SELECT
    h.month_end,
    h.previous_tier,
    h.customer_tier,
    b.tier_order,
    CASE WHEN b.tier_order < a.tier_order THEN 'up' ELSE 'down' END AS direction,
    sum(CASE WHEN b.tier_order < a.tier_order THEN h.customers ELSE -h.customers END) AS customers
FROM bi.segment_history AS h
INNER JOIN tiers AS a ON h.previous_tier = a.customer_tier
INNER JOIN tiers AS b ON h.customer_tier = b.customer_tier
INNER JOIN bi.kpi_summary AS k ON h.month_end > k.as_of - interval '24 months'
WHERE a.tier_order <> b.tier_order
GROUP BY h.month_end, h.previous_tier, h.customer_tier, a.tier_order, b.tier_order
ORDER BY h.month_end, b.tier_order, a.tier_order;
