-- One row per tier and health. Key: customer_tier, customer_status
SELECT
    c.customer_tier,
    c.customer_status,
    count(*) AS total_customers,
    sum(c.total_revenue)::numeric(18, 2) AS total_revenue,
    (100 * sum(c.total_revenue) / nullif(sum(sum(c.total_revenue)) OVER (), 0))::numeric(5, 2) AS revenue_share,
    avg(c.total_revenue)::numeric(18, 2) AS avg_value,
    CASE WHEN c.customer_status = 'At Risk' THEN sum(c.total_revenue) ELSE 0 END::numeric(18, 2) AS revenue_at_risk,
    (lag(avg(c.total_revenue)) OVER (PARTITION BY c.customer_status ORDER BY min(c.completed_orders) DESC) - avg(c.total_revenue))
    ::numeric(18, 2) AS value_of_next_tier
FROM customer_metrics AS c
GROUP BY c.customer_tier, c.customer_status
