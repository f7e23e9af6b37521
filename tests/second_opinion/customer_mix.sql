SELECT
    coalesce(c.country, 'Unknown') AS country,
    m.customer_tier,
    m.customer_status,
    coalesce(m.rfm_segment, 'Prospect') AS rfm_segment,
    count(*) AS customers,
    sum(m.total_revenue)::decimal(18, 2) AS total_revenue,
    sum(m.revenue_365_days)::decimal(18, 2) AS revenue_365_days
FROM customer_metrics AS m JOIN customers AS c USING (customer_id)
GROUP BY ALL
