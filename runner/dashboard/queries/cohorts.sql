-- One row per month of first order and month since, the newest 24 months of each.
SELECT
    c.cohort_month,
    c.months_since,
    c.customers,
    c.retained_customers,
    c.retention_rate,
    c.cumulative_revenue_per_customer
FROM bi.customer_cohorts AS c
INNER JOIN bi.kpi_summary AS k ON c.sale_month <= k.as_of
WHERE c.cohort_month > k.as_of - interval '24 months' AND c.customers > 0 AND NOT c.is_partial
ORDER BY c.cohort_month, c.months_since;
