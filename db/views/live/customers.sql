CREATE VIEW live.customers AS
SELECT
    c.customer_id,
    CASE
        WHEN (SELECT s.is_clear FROM ops.sight AS s) THEN c.full_name
        ELSE regexp_replace(c.full_name, '(\S)\S*', '\1.', 'g')
    END AS full_name,
    CASE
        WHEN (SELECT s.is_clear FROM ops.sight AS s) THEN c.email
        ELSE
            left(encode(sha256(convert_to((SELECT s.salt FROM ops.sight AS s) || lower(c.email), 'UTF8')), 'hex'), 16)
            || coalesce(substring(c.email FROM '@[^@]*$'), '')
    END AS email,
    c.customer_segment,
    c.country,
    c.registration_date,
    c.total_orders,
    c.completed_orders,
    c.total_revenue,
    c.avg_order_value,
    c.first_order_date,
    c.last_order_date,
    c.customer_tier,
    c.value_segment,
    c.customer_status,
    c.days_since_last_order,
    c.avg_days_between_orders,
    c.orders_30_days,
    c.revenue_30_days,
    c.orders_90_days,
    c.revenue_90_days,
    c.orders_365_days,
    c.revenue_365_days
FROM rollup.customer_figures AS c;

COMMENT ON VIEW live.customers IS
'One row per customer, as of the last apply_changes(), not yet audited. Columns as in customer_metrics, masked as in bi.';
