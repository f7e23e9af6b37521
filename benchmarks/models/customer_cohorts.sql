-- One row per month of the first order and months since. Key: cohort_month, months_since
WITH

joined AS (
    SELECT
        m.*,
        min(m.sale_month) OVER (PARTITION BY m.customer_id) AS cohort_month
    FROM customer_months AS m
),

cells AS (
    SELECT
        j.cohort_month,
        (
            12 * (extract(year FROM j.sale_month) - extract(year FROM j.cohort_month))
            + extract(month FROM j.sale_month) - extract(month FROM j.cohort_month)
        )::integer AS months_since,
        count(*) AS retained_customers,
        sum(j.revenue) AS total_revenue
    FROM joined AS j
    GROUP BY j.cohort_month, j.sale_month
)

SELECT
    c.cohort_month,
    c.months_since,
    first_value(c.retained_customers) OVER cohort AS cohort_customers,
    c.retained_customers,
    (100.0 * c.retained_customers / first_value(c.retained_customers) OVER cohort)::numeric(5, 2) AS retention,
    c.total_revenue::numeric(18, 2) AS total_revenue,
    (sum(c.total_revenue) OVER cohort / first_value(c.retained_customers) OVER cohort)::numeric(18, 2)
        AS cumulative_revenue_per_customer
FROM cells AS c
WINDOW cohort AS (PARTITION BY c.cohort_month ORDER BY c.months_since)
