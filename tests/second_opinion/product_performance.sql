WITH lines AS (
    SELECT
        i.product_id,
        i.order_id,
        o.customer_id,
        o.order_date::date AS day,
        o.status IN ('completed', 'shipped', 'delivered') AS sold,
        i.quantity,
        i.total_amount
    FROM order_items AS i JOIN orders AS o USING (order_id)
),
all_products AS (
    SELECT
        p.product_id,
        any_value(p.product_name) AS product_name,
        coalesce(any_value(p.category), 'Uncategorized') AS category,
        any_value(p.price) AS price,
        any_value(p.cost) AS cost,
        count(DISTINCT l.order_id) AS total_orders,
        count(DISTINCT l.order_id) FILTER (l.sold) AS completed_orders,
        count(DISTINCT l.customer_id) FILTER (l.sold) AS buyers,
        coalesce(sum(l.quantity) FILTER (l.sold), 0)::bigint AS total_quantity_sold,
        coalesce(sum(l.total_amount) FILTER (l.sold), 0) AS total_revenue,
        coalesce(sum(l.total_amount) FILTER (l.sold AND l.day BETWEEN $as_of - 89 AND $as_of), 0) AS revenue_90_days,
        coalesce(sum(l.total_amount) FILTER (l.sold AND l.day BETWEEN $as_of - 179 AND $as_of - 90), 0)
            AS previous_revenue_90_days,
        min(l.day) FILTER (l.sold) AS first_sale_date,
        max(l.day) FILTER (l.sold) AS last_sale_date
    FROM products AS p LEFT JOIN lines AS l USING (product_id)
    GROUP BY p.product_id
),
shop AS (SELECT count(*) AS products, nullif(sum(total_revenue), 0) AS revenue FROM all_products),
ranked AS (
    -- A product's place is the number of products that sell more; what these bring decides its class.
    SELECT
        a.*,
        (SELECT count(*) FROM all_products AS b WHERE b.total_revenue > a.total_revenue) AS place,
        (SELECT coalesce(sum(b.total_revenue), 0) FROM all_products AS b WHERE b.total_revenue > a.total_revenue) AS above
    FROM all_products AS a
)
SELECT
    product_id,
    product_name,
    category,
    price,
    cost,
    total_orders,
    total_quantity_sold,
    total_revenue,
    CASE
        WHEN total_revenue = 0 THEN 'Low'
        WHEN 10 * place < 2 * products THEN 'Top'
        WHEN 10 * place < 5 * products THEN 'Good'
        WHEN 10 * place < 8 * products THEN 'Average'
        ELSE 'Low'
    END AS performance_category,
    completed_orders,
    buyers,
    -- The files know one cost: that of every day.
    CASE WHEN total_quantity_sold = 0 THEN 0 ELSE cost * total_quantity_sold END::decimal(18, 2) AS total_cost,
    CASE WHEN total_quantity_sold = 0 THEN 0 ELSE total_revenue - cost * total_quantity_sold END::decimal(18, 2) AS margin_amount,
    CASE WHEN total_revenue > 0 THEN round(100 * (total_revenue - cost * total_quantity_sold) / total_revenue, 2) END
        ::decimal(18, 2) AS margin_share,
    round(100 * total_revenue / revenue, 4)::decimal(7, 4) AS revenue_share,
    CASE
        WHEN total_revenue = 0 THEN 'C'
        WHEN 100 * above < 80 * revenue THEN 'A'
        WHEN 100 * above < 95 * revenue THEN 'B'
        ELSE 'C'
    END AS abc_class,
    revenue_90_days,
    previous_revenue_90_days,
    CASE WHEN previous_revenue_90_days > 0 AND (SELECT min(order_date)::date FROM orders) < $as_of - 178 THEN round(100 * revenue_90_days / previous_revenue_90_days - 100, 2) END
        ::decimal(18, 2) AS revenue_growth,
    first_sale_date,
    last_sale_date
FROM ranked CROSS JOIN shop
