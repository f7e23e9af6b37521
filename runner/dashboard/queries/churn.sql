-- One row per churn risk of those who have bought.
SELECT
    p.churn_risk,
    array_position(ARRAY['Low', 'Medium', 'High', 'Unknown'], p.churn_risk) AS risk_order,
    count(*) AS customers,
    sum(p.expected_revenue) AS expected_revenue,
    sum(p.predicted_lifetime_value) AS predicted_lifetime_value
FROM bi.customer_predictions AS p
WHERE p.churn_risk IS NOT NULL
GROUP BY p.churn_risk
ORDER BY risk_order;
