CREATE VIEW bi.dim_customer AS
SELECT
    c.customer_id,
    CASE
        WHEN (SELECT s.is_clear FROM ops.sight AS s) THEN m.full_name
        ELSE regexp_replace(m.full_name, '(\S)\S*', '\1.', 'g')
    END AS full_name,
    c.customer_segment,
    c.country,
    c.registration_date,
    m.customer_tier,
    m.value_segment,
    m.customer_status,
    m.rfm_segment,
    m.favourite_category,
    m.first_order_date,
    m.last_order_date,
    date_trunc('month', m.first_order_date)::date AS cohort_month
FROM staging.customers AS c
LEFT JOIN analytics.customer_metrics AS m ON c.customer_id = m.customer_id;

COMMENT ON VIEW bi.dim_customer IS
'One row per customer, those who never ordered too. Orders of guests have no customer: join facts to it by LEFT JOIN.';
COMMENT ON COLUMN bi.dim_customer.customer_id IS 'Key. Referred to by fact_orders.customer_id and fact_order_items.customer_id.';
COMMENT ON COLUMN bi.dim_customer.full_name IS
'First and last name, or initials, as in customer_metrics. Like all from customer_tier on, as of the last refresh: NULL for a '
'customer who came later.';
COMMENT ON COLUMN bi.dim_customer.customer_segment IS 'Segment as the shop''s file gives it.';
COMMENT ON COLUMN bi.dim_customer.country IS 'Country as the shop''s file gives it.';
COMMENT ON COLUMN bi.dim_customer.registration_date IS 'Day of registration.';
COMMENT ON COLUMN bi.dim_customer.customer_tier IS 'VIP, Loyal, Regular, One-time or Prospect, as in customer_metrics.';
COMMENT ON COLUMN bi.dim_customer.value_segment IS 'High, Medium or Low, as in customer_metrics.';
COMMENT ON COLUMN bi.dim_customer.customer_status IS
'Health: Active, At Risk, Dormant, Lost or Prospect, as in customer_metrics.';
COMMENT ON COLUMN bi.dim_customer.rfm_segment IS 'Champions, Loyal Customers … Lost, as in customer_metrics; NULL: never bought.';
COMMENT ON COLUMN bi.dim_customer.favourite_category IS 'Category with the most revenue; NULL without a completed order line.';
COMMENT ON COLUMN bi.dim_customer.first_order_date IS 'Day of the first completed order.';
COMMENT ON COLUMN bi.dim_customer.last_order_date IS 'Day of the last completed order.';
COMMENT ON COLUMN bi.dim_customer.cohort_month IS 'First day of the month of the first completed order.';
