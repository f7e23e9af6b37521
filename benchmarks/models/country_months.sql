-- One row per country and month; not published. Key: country, sale_month
SELECT
    coalesce(c.country, 'Unknown') AS country,
    date_trunc('month', o.order_date)::date AS sale_month,
    count(DISTINCT o.customer_id) AS customers,
    count(*) AS completed_orders,
    sum(o.total_amount) AS total_revenue
FROM orders AS o
INNER JOIN order_status AS s ON o.status = s.status
LEFT JOIN customers AS c ON o.customer_id = c.customer_id
WHERE s.is_revenue /* newest: o.order_day >= (SELECT max(sale_month) FROM {this}) */
GROUP BY coalesce(c.country, 'Unknown'), date_trunc('month', o.order_date)::date
