CREATE MATERIALIZED VIEW analytics.customer_cohorts AS
WITH

-- Months as numbers: 12 × year + month, and one scan of the days.
sold AS (
    SELECT
        12 * extract(YEAR FROM d.first_order_date)::integer + extract(MONTH FROM d.first_order_date)::integer AS cohort_number,
        12 * extract(YEAR FROM d.sale_date)::integer + extract(MONTH FROM d.sale_date)::integer AS month_number,
        count(*) FILTER (WHERE d.is_first_in_month) AS retained_customers,
        sum(d.completed_orders) AS completed_orders,
        sum(d.total_revenue) AS total_revenue
    FROM rollup.customer_days AS d
    GROUP BY cohort_number, month_number
),

cohorts AS (
    SELECT
        s.cohort_number,
        s.retained_customers AS customers
    FROM sold AS s
    WHERE s.cohort_number = s.month_number
),

-- To the month of the last order, if that is later than today.
last_month AS (
    SELECT
        k.as_of,
        greatest(
            12 * extract(YEAR FROM k.as_of)::integer + extract(MONTH FROM k.as_of)::integer,
            (SELECT max(s.month_number) FROM sold AS s)
        ) AS month_number
    FROM config.clock AS k
),

months AS (
    SELECT
        c.cohort_number,
        c.customers,
        m.month_number,
        make_date((c.cohort_number - 1) / 12, (c.cohort_number - 1) % 12 + 1, 1) AS cohort_month,
        make_date((m.month_number - 1) / 12, (m.month_number - 1) % 12 + 1, 1) AS sale_month,
        l.as_of
    FROM cohorts AS c
    CROSS JOIN last_month AS l
    CROSS JOIN generate_series(c.cohort_number, l.month_number) AS m (month_number)
)

SELECT
    m.cohort_month,
    m.month_number - m.cohort_number AS months_since,
    m.sale_month,
    (m.sale_month + interval '1 month')::date > m.as_of + 1 AS is_partial,
    m.customers,
    coalesce(s.retained_customers, 0) AS retained_customers,
    (100.0 * coalesce(s.retained_customers, 0) / m.customers)::numeric(7, 4) AS retention_rate,
    coalesce(s.completed_orders, 0)::bigint AS completed_orders,
    coalesce(s.total_revenue, 0)::numeric(18, 2) AS total_revenue,
    (sum(coalesce(s.total_revenue, 0)) OVER history / m.customers)::numeric(18, 2) AS cumulative_revenue_per_customer
FROM months AS m
LEFT JOIN sold AS s ON m.cohort_number = s.cohort_number AND m.month_number = s.month_number
WINDOW history AS (PARTITION BY m.cohort_number ORDER BY m.month_number);

CREATE UNIQUE INDEX customer_cohorts_cohort_month_months_since_key
ON analytics.customer_cohorts (cohort_month, months_since);

COMMENT ON MATERIALIZED VIEW analytics.customer_cohorts IS
'One row per cohort (customers whose first completed order was in one month) and month since, to the month of config.clock.as_of '
'or of the last order, if that is later.';
COMMENT ON COLUMN analytics.customer_cohorts.cohort_month IS
'Key. First day of the month of the customers'' first completed order.';
COMMENT ON COLUMN analytics.customer_cohorts.months_since IS 'Key. Calendar months since cohort_month; 0: that month itself.';
COMMENT ON COLUMN analytics.customer_cohorts.sale_month IS 'First day of the month that the row tells of.';
COMMENT ON COLUMN analytics.customer_cohorts.is_partial IS 'sale_month is not over on config.clock.as_of.';
COMMENT ON COLUMN analytics.customer_cohorts.customers IS 'Customers of the cohort.';
COMMENT ON COLUMN analytics.customer_cohorts.retained_customers IS 'Of them, those with a completed order in sale_month.';
COMMENT ON COLUMN analytics.customer_cohorts.retention_rate IS 'Retention: retained_customers in percent of customers.';
COMMENT ON COLUMN analytics.customer_cohorts.completed_orders IS 'Their completed orders in sale_month.';
COMMENT ON COLUMN analytics.customer_cohorts.total_revenue IS 'Their revenue in sale_month.';
COMMENT ON COLUMN analytics.customer_cohorts.cumulative_revenue_per_customer IS
'Their revenue from the first month to the end of sale_month / customers.';
