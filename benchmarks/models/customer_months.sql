-- One row per customer and month with a revenue order; not published. Key: customer_id, sale_month
SELECT
    o.customer_id,
    date_trunc('month', o.order_date)::date AS sale_month,
    sum(o.total_amount) AS revenue
FROM orders AS o
INNER JOIN order_status AS s ON o.status = s.status
WHERE
    s.is_revenue AND o.customer_id IS NOT NULL
    /* newest: o.order_day >= (SELECT max(sale_month) FROM {this}) */
GROUP BY o.customer_id, date_trunc('month', o.order_date)::date
