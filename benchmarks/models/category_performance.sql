-- One row per category and month. Key: category, sale_month
WITH

months AS (
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
    WHERE s.is_revenue
    GROUP BY coalesce(p.category, 'Uncategorized'), date_trunc('month', o.order_date)::date
)

SELECT
    m.category,
    m.sale_month,
    m.total_orders,
    m.buyers,
    m.units_sold,
    m.total_revenue::numeric(18, 2) AS total_revenue,
    (m.total_revenue - m.total_cost)::numeric(18, 2) AS margin_amount,
    (100 * m.total_revenue / nullif(sum(m.total_revenue) OVER (PARTITION BY m.sale_month), 0))::numeric(5, 2)
        AS revenue_share,
    (100 * (m.total_revenue - lag(m.total_revenue) OVER category) / nullif(lag(m.total_revenue) OVER category, 0))
    ::numeric(18, 2) AS growth
FROM months AS m
WINDOW category AS (PARTITION BY m.category ORDER BY m.sale_month)
