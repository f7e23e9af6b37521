WITH sold AS (
    SELECT coalesce(p.category, 'Uncategorized') AS category, o.order_date::date AS day, i.quantity, i.total_amount
    FROM order_items AS i JOIN orders AS o USING (order_id) JOIN products AS p USING (product_id)
    WHERE o.status IN ('completed', 'shipped', 'delivered')
)
SELECT
    s.category,
    s.day AS sale_date,
    sum(s.quantity)::bigint AS quantity_sold,
    sum(s.total_amount) AS total_revenue,
    percent(sum(s.total_amount), (SELECT sum(d.total_amount) FROM sold AS d WHERE d.day = s.day)) AS revenue_share
FROM sold AS s
GROUP BY s.category, s.day
