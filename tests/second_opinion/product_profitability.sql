WITH sold AS (
    SELECT product_id, sum(quantity)::bigint AS quantity, sum(i.total_amount) AS revenue
    FROM order_items AS i JOIN orders USING (order_id)
    WHERE status IN ('completed', 'shipped', 'delivered')
    GROUP BY ALL
),
all_products AS (
    SELECT
        product_id,
        product_name,
        coalesce(category, 'Uncategorized') AS category,
        price,
        cost,
        coalesce(quantity, 0)::bigint AS quantity,
        coalesce(revenue, 0) AS revenue,
        coalesce(quantity * cost, CASE WHEN quantity IS NULL THEN 0 END)::decimal(18, 2) AS spent,
        (coalesce(quantity, 0) * price)::decimal(18, 2) AS listed,
        -- Hundredths of a percent, as an integer.
        CASE WHEN price > 0 THEN round(10000 * (price - cost) / price)::bigint END AS margin
    FROM products LEFT JOIN sold USING (product_id)
),
medians AS (
    SELECT
        category,
        -- median() averages the two in the middle; a half hundredth goes away from zero.
        round(median(margin))::bigint AS margin
    FROM all_products
    GROUP BY category
),
priced AS (
    SELECT
        a.*,
        m.margin AS median_margin,
        -- cost / (1 - margin) in cents, halves up: everything is a whole number.
        CASE
            WHEN m.margin < 10000
                THEN ((2 * (100 * a.cost)::bigint * 10000::hugeint // (10000 - m.margin) + 1) // 2)::decimal(18, 0) * 0.01::decimal(3, 2)
        END::decimal(18, 2) AS median_price
    FROM all_products AS a JOIN medians AS m USING (category)
)
SELECT
    product_id,
    product_name,
    category,
    price,
    cost,
    margin::decimal(18, 0) * 0.01::decimal(3, 2) AS profit_margin,
    CASE WHEN cost > 0 THEN round(price / cost, 4) END::decimal(18, 4) AS price_to_cost,
    price < cost AS is_below_cost,
    quantity AS quantity_sold,
    revenue AS total_revenue,
    spent AS total_cost,
    (revenue - spent)::decimal(18, 2) AS contribution,
    CASE WHEN revenue > 0 THEN round(100 * (revenue - spent) / revenue, 2) END::decimal(18, 2) AS contribution_share,
    spent > revenue AS is_loss_maker,
    CASE WHEN quantity > 0 THEN ((2 * (100 * revenue)::hugeint // quantity + 1) // 2)::decimal(18, 0) * 0.01::decimal(3, 2) END
        AS avg_paid_price,
    listed AS list_amount,
    (listed - revenue)::decimal(18, 2) AS discount_amount,
    CASE WHEN listed > 0 THEN round(100 * (listed - revenue) / listed, 2) END::decimal(18, 2) AS discount_share,
    median_margin::decimal(18, 0) * 0.01::decimal(3, 2) AS category_median_margin,
    median_price AS median_margin_price,
    (quantity * greatest(median_price - price, CASE WHEN median_price IS NOT NULL THEN 0 END))::decimal(18, 2) AS median_margin_gain
FROM priced
