-- One row per product. Key: product_id
WITH

totals AS (
    SELECT
        i.product_id,
        count(DISTINCT i.order_id) AS total_orders,
        count(DISTINCT o.customer_id) FILTER (WHERE s.is_revenue) AS buyers,
        sum(i.quantity) FILTER (WHERE s.is_revenue) AS quantity_sold,
        sum(i.total_amount) FILTER (WHERE s.is_revenue) AS total_revenue,
        sum(i.total_amount) FILTER (WHERE s.is_revenue AND o.order_day > k.as_of - 90) AS revenue_90_days,
        sum(i.total_amount) FILTER (WHERE s.is_revenue AND o.order_day > k.as_of - 180 AND o.order_day <= k.as_of - 90)
            AS revenue_90_days_before,
        min(o.order_day) FILTER (WHERE s.is_revenue) AS first_sale_date,
        max(o.order_day) FILTER (WHERE s.is_revenue) AS last_sale_date
    FROM order_items AS i
    INNER JOIN orders AS o ON i.order_id = o.order_id
    CROSS JOIN clock AS k
    LEFT JOIN order_status AS s ON o.status = s.status
    GROUP BY i.product_id
),

products_sold AS (
    SELECT
        p.product_id,
        p.product_name,
        coalesce(p.category, 'Uncategorized') AS category,
        p.price,
        p.cost,
        coalesce(t.total_orders, 0) AS total_orders,
        coalesce(t.buyers, 0) AS buyers,
        coalesce(t.quantity_sold, 0) AS total_quantity_sold,
        coalesce(t.total_revenue, 0) AS total_revenue,
        t.revenue_90_days,
        t.revenue_90_days_before,
        t.first_sale_date,
        t.last_sale_date
    FROM products AS p
    LEFT JOIN totals AS t ON p.product_id = t.product_id
),

ranked AS (
    SELECT
        p.*,
        (rank() OVER (ORDER BY p.total_revenue DESC) - 1)::numeric / count(*) OVER () AS better_share,
        rank() OVER (PARTITION BY p.category ORDER BY p.total_revenue DESC) AS rank_in_category,
        100 * p.total_revenue / nullif(sum(p.total_revenue) OVER (), 0) AS revenue_share,
        100 * sum(p.total_revenue) OVER (ORDER BY p.total_revenue DESC, p.product_id)
        / nullif(sum(p.total_revenue) OVER (), 0) AS cumulative_share
    FROM products_sold AS p
)

SELECT
    r.product_id,
    r.product_name,
    r.category,
    r.price,
    r.cost,
    (100 * (r.price - r.cost) / nullif(r.price, 0))::numeric(18, 2) AS profit_margin,
    r.total_orders,
    r.buyers,
    r.total_quantity_sold,
    r.total_revenue::numeric(18, 2) AS total_revenue,
    (r.total_revenue - r.total_quantity_sold * r.cost)::numeric(18, 2) AS margin_amount,
    (100 * (r.total_revenue - r.total_quantity_sold * r.cost) / nullif(r.total_revenue, 0))::numeric(18, 2) AS margin_share,
    r.revenue_share::numeric(7, 4) AS revenue_share,
    r.cumulative_share::numeric(7, 4) AS cumulative_share,
    CASE WHEN r.cumulative_share <= 80 THEN 'A' WHEN r.cumulative_share <= 95 THEN 'B' ELSE 'C' END AS abc_class,
    r.rank_in_category,
    (100 * (r.revenue_90_days - r.revenue_90_days_before) / nullif(r.revenue_90_days_before, 0))::numeric(18, 2)
        AS growth_90_days,
    r.first_sale_date,
    r.last_sale_date,
    CASE
        WHEN r.total_revenue = 0 THEN 'Low'
        WHEN r.better_share < 0.2 THEN 'Top'
        WHEN r.better_share < 0.5 THEN 'Good'
        WHEN r.better_share < 0.8 THEN 'Average'
        ELSE 'Low'
    END AS performance_category
FROM ranked AS r
