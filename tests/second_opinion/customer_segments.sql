WITH names AS (
    SELECT * FROM (VALUES
        (1, 'VIP', NULL, NULL), (2, 'Loyal', 'VIP', NULL), (3, 'Regular', 'Loyal', NULL), (4, 'One-time', 'Regular', NULL)
    ) AS t (tier_place, tier, tier_above, nothing)
    CROSS JOIN (VALUES (1, 'Active'), (2, 'At Risk'), (3, 'Dormant'), (4, 'Lost')) AS h (health_place, health)
    UNION ALL SELECT 5, 'Prospect', 'One-time', NULL, 1, 'Prospect'
),
averages AS (SELECT customer_tier AS tier, count(*) AS n, (100 * sum(total_revenue))::hugeint AS cents FROM customer_metrics GROUP BY ALL)
SELECT
    n.tier AS customer_tier,
    n.health AS customer_status,
    4 * (n.tier_place - 1) + n.health_place AS segment_order,
    count(c.customer_id) AS customers,
    ratio(100 * count(c.customer_id), (SELECT count(*) FROM customers), 4) AS customer_share,
    coalesce(sum(c.total_revenue), 0) AS total_revenue,
    ratio(100 * 100 * coalesce(sum(c.total_revenue), 0), (SELECT sum(cents) FROM averages), 4) AS revenue_share,
    ratio(100 * sum(c.total_revenue), count(c.customer_id), 0) * 0.01 AS avg_customer_value,
    coalesce(sum(c.revenue_365_days), 0) AS revenue_365_days,
    CASE WHEN n.health = 'At Risk' THEN coalesce(sum(c.total_revenue), 0) ELSE 0 END AS revenue_at_risk,
    n.tier_above AS next_tier,
    ratio(any_value(up.cents) * any_value(here.n) - any_value(here.cents) * any_value(up.n), any_value(up.n) * any_value(here.n), 0)
    * 0.01 AS next_tier_lead,
    ratio(
        count(c.customer_id) * (any_value(up.cents) * any_value(here.n) - any_value(here.cents) * any_value(up.n)),
        any_value(up.n) * any_value(here.n),
        0
    ) * 0.01 AS next_tier_value
FROM names AS n
LEFT JOIN customer_metrics AS c ON c.customer_tier = n.tier AND c.customer_status = n.health
LEFT JOIN averages AS here ON here.tier = n.tier
LEFT JOIN averages AS up ON up.tier = n.tier_above
GROUP BY n.tier, n.health, n.tier_place, n.health_place, n.tier_above
