-- One row per customer of the 100 who promise most and may be about to leave.
SELECT
    p.customer_id,
    c.full_name,
    c.country,
    c.customer_tier,
    p.alive_probability,
    p.churn_risk,
    p.expected_purchases,
    p.expected_revenue,
    p.predicted_lifetime_value
FROM bi.customer_predictions AS p
INNER JOIN bi.dim_customer AS c ON p.customer_id = c.customer_id
WHERE p.churn_risk IN ('Medium', 'High') AND p.predicted_lifetime_value > 0
ORDER BY p.predicted_lifetime_value DESC, p.customer_id ASC
LIMIT 100;
