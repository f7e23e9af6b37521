-- One row per day with an order; not published. Key: sale_date
WITH

days AS (
    SELECT
        o.order_day AS sale_date,
        count(*) AS total_orders,
        count(*) FILTER (WHERE s.is_revenue) AS completed_orders,
        coalesce(sum(o.total_amount) FILTER (WHERE s.is_revenue), 0) AS total_revenue,
        count(DISTINCT o.customer_id) FILTER (WHERE s.is_revenue) AS unique_customers,
        count(*) FILTER (WHERE o.customer_id IS NULL) AS guest_orders,
        coalesce(sum(o.total_amount) FILTER (WHERE s.is_revenue AND o.customer_id IS NULL), 0) AS guest_revenue
    FROM orders AS o
    LEFT JOIN order_status AS s ON o.status = s.status
    WHERE true /* newest: o.order_day >= (SELECT max(sale_date) - 1 FROM {this}) */
    GROUP BY o.order_day
),

category_days AS (
    SELECT
        o.order_day AS sale_date,
        coalesce(p.category, 'Uncategorized') AS category,
        sum(i.quantity) AS units,
        sum(i.total_amount) AS revenue
    FROM orders AS o
    INNER JOIN order_status AS s ON o.status = s.status
    INNER JOIN order_items AS i ON o.order_id = i.order_id
    INNER JOIN products AS p ON i.product_id = p.product_id
    WHERE s.is_revenue /* newest: o.order_day >= (SELECT max(sale_date) - 1 FROM {this}) */
    GROUP BY o.order_day, coalesce(p.category, 'Uncategorized')
),

item_days AS (
    SELECT
        c.sale_date,
        sum(c.units) AS units_sold
    FROM category_days AS c
    GROUP BY c.sale_date
),

top_categories AS (
    SELECT DISTINCT ON (c.sale_date)
        c.sale_date,
        c.category
    FROM category_days AS c
    WHERE c.revenue > 0
    ORDER BY c.sale_date ASC, c.revenue DESC, c.category ASC
)

SELECT
    d.sale_date,
    d.total_orders,
    d.completed_orders,
    d.total_revenue,
    d.unique_customers,
    d.guest_orders,
    d.guest_revenue,
    coalesce(i.units_sold, 0) AS units_sold,
    t.category AS top_category
FROM days AS d
LEFT JOIN item_days AS i ON d.sale_date = i.sale_date
LEFT JOIN top_categories AS t ON d.sale_date = t.sale_date
