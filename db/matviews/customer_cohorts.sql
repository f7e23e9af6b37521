CREATE MATERIALIZED VIEW analytics.customer_cohorts AS
WITH

sold AS (
    SELECT
        d.cohort_month::timestamp AS cohort_month,
        date_trunc('month', d.sale_date::timestamp) AS sale_month,
        sum(d.customers_new_to_month)::bigint AS retained_customers,
        sum(d.completed_orders) AS completed_orders,
        sum(d.total_revenue) AS total_revenue
    FROM rollup.buyer_days AS d
    GROUP BY d.cohort_month, date_trunc('month', d.sale_date::timestamp)
),

-- To the month of the last order, if that is later than today.
calendar AS (
    SELECT
        k.last_whole_day,
        greatest(k.as_of::timestamp, (SELECT max(s.sale_month) FROM sold AS s)) AS last_month
    FROM config.clock AS k
),

months AS (
    SELECT
        c.cohort_month,
        c.retained_customers AS customers,
        m.sale_month,
        m.month_number - 1 AS months_since,
        l.last_whole_day
    FROM sold AS c
    CROSS JOIN calendar AS l
    CROSS JOIN
        generate_series(c.cohort_month, l.last_month, interval '1 month') WITH ORDINALITY AS m (sale_month, month_number)
    WHERE c.sale_month = c.cohort_month
)

SELECT
    m.cohort_month::date AS cohort_month,
    m.months_since::integer AS months_since,
    m.sale_month::date AS sale_month,
    m.sale_month + interval '1 month - 1 day' > m.last_whole_day AS is_partial,
    m.customers,
    coalesce(s.retained_customers, 0) AS retained_customers,
    (100.0 * coalesce(s.retained_customers, 0) / m.customers)::numeric(7, 4) AS retention_rate,
    coalesce(s.completed_orders, 0)::bigint AS completed_orders,
    coalesce(s.total_revenue, 0)::numeric(18, 2) AS total_revenue,
    (sum(coalesce(s.total_revenue, 0)) OVER history / m.customers)::numeric(18, 2) AS cumulative_revenue_per_customer
FROM months AS m
LEFT JOIN sold AS s ON m.cohort_month = s.cohort_month AND m.sale_month = s.sale_month
WINDOW history AS (PARTITION BY m.cohort_month ORDER BY m.sale_month);

CREATE UNIQUE INDEX customer_cohorts_cohort_month_months_since_key
ON analytics.customer_cohorts (cohort_month, months_since);

COMMENT ON MATERIALIZED VIEW analytics.customer_cohorts IS
'One row per cohort (customers whose first completed order was in one month) and month since, to the month of config.clock.as_of '
'or of the last order, if that is later.';
COMMENT ON COLUMN analytics.customer_cohorts.cohort_month IS
'Key. First day of the month of the customers'' first completed order.';
COMMENT ON COLUMN analytics.customer_cohorts.months_since IS 'Key. Calendar months since cohort_month; 0: that month itself.';
COMMENT ON COLUMN analytics.customer_cohorts.sale_month IS 'First day of the month that the row tells of.';
COMMENT ON COLUMN analytics.customer_cohorts.is_partial IS 'sale_month is not over on config.clock.last_whole_day.';
COMMENT ON COLUMN analytics.customer_cohorts.customers IS 'Customers of the cohort.';
COMMENT ON COLUMN analytics.customer_cohorts.retained_customers IS 'Of them, those with a completed order in sale_month.';
COMMENT ON COLUMN analytics.customer_cohorts.retention_rate IS 'Retention: retained_customers in percent of customers.';
COMMENT ON COLUMN analytics.customer_cohorts.completed_orders IS 'Their completed orders in sale_month.';
COMMENT ON COLUMN analytics.customer_cohorts.total_revenue IS 'Their revenue in sale_month.';
COMMENT ON COLUMN analytics.customer_cohorts.cumulative_revenue_per_customer IS
'Their revenue from the first month to the end of sale_month / customers.';
