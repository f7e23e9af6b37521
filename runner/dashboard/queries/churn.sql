-- One row per country and churn risk of those who have bought; country NULL: all.
WITH

customers AS (
    SELECT
        coalesce(c.country, 'Unknown') AS country,
        p.churn_risk,
        count(*) AS customers,
        sum(p.expected_revenue) AS expected_revenue,
        sum(p.predicted_lifetime_value) AS predicted_lifetime_value
    FROM bi.customer_predictions AS p
    INNER JOIN bi.dim_customer AS c ON p.customer_id = c.customer_id
    WHERE p.churn_risk IS NOT NULL
    GROUP BY coalesce(c.country, 'Unknown'), p.churn_risk
)

SELECT
    c.country AS for_country,
    c.churn_risk,
    array_position(ARRAY['Low', 'Medium', 'High', 'Unknown'], c.churn_risk) AS risk_order,
    sum(c.customers) AS customers,
    sum(c.expected_revenue) AS expected_revenue,
    sum(c.predicted_lifetime_value) AS predicted_lifetime_value
FROM customers AS c
GROUP BY GROUPING SETS ((c.churn_risk), (c.country, c.churn_risk))
ORDER BY c.country NULLS FIRST, array_position(ARRAY['Low', 'Medium', 'High', 'Unknown'], c.churn_risk);
