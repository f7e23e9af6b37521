-- One row per category and month; not published. Key: category, sale_month
SELECT
    coalesce(p.category, 'Uncategorized') AS category,
    date_trunc('month', o.order_date)::date AS sale_month,
    count(DISTINCT o.order_id) AS total_orders,
    count(DISTINCT o.customer_id) AS buyers,
    sum(i.quantity) AS units_sold,
    sum(i.total_amount) AS total_revenue,
    sum(i.quantity * p.cost) AS total_cost
FROM order_items AS i
INNER JOIN orders AS o ON i.order_id = o.order_id
INNER JOIN order_status AS s ON o.status = s.status
INNER JOIN products AS p ON i.product_id = p.product_id
WHERE s.is_revenue /* newest: o.order_day >= (SELECT max(sale_month) FROM {this}) */
GROUP BY coalesce(p.category, 'Uncategorized'), date_trunc('month', o.order_date)::date
