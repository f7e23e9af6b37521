CREATE VIEW rollup.customer_purchases_recounted AS
SELECT
    d.customer_id,
    min(d.sale_date) AS first_date,
    max(d.sale_date) AS last_date,
    count(*) - 1 AS repeat_days,
    coalesce(sum(d.total_revenue) FILTER (WHERE d.sale_date > d.first_order_date), 0)::numeric(18, 2) AS repeat_revenue
FROM rollup.customer_days AS d
INNER JOIN config.clock AS k ON d.sale_date <= k.as_of
GROUP BY d.customer_id;

COMMENT ON VIEW rollup.customer_purchases_recounted IS
'at refresh: What rollup.customer_purchases must hold, counted from rollup.customer_days. One row per customer who has bought '
'by config.clock.as_of.';
