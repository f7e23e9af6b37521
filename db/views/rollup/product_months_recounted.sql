CREATE VIEW rollup.product_months_recounted AS
WITH

month_days AS (
    SELECT
        d.sale_date,
        date_trunc('month', d.sale_date::timestamp)::date AS sale_month
    FROM rollup.days AS d
)

SELECT
    m.sale_month,
    d.product_id,
    sum(d.total_orders)::bigint AS total_orders,
    sum(d.completed_orders)::bigint AS completed_orders,
    sum(d.quantity_sold)::bigint AS quantity_sold,
    sum(d.total_revenue)::numeric(18, 2) AS total_revenue,
    sum(d.total_cost)::numeric(18, 2) AS total_cost,
    sum(d.total_revenue) FILTER (WHERE d.total_cost IS NOT NULL)::numeric(18, 2) AS costed_revenue,
    sum(d.list_amount)::numeric(18, 2) AS list_amount,
    min(d.sale_date) FILTER (WHERE d.completed_orders > 0) AS first_sale_date,
    max(d.sale_date) FILTER (WHERE d.completed_orders > 0) AS last_sale_date
FROM month_days AS m
INNER JOIN rollup.product_days AS d ON m.sale_date = d.sale_date
GROUP BY m.sale_month, d.product_id;

COMMENT ON VIEW rollup.product_months_recounted IS
'at refresh: What rollup.product_months must hold, counted from rollup.product_days. One row per month and product.';
