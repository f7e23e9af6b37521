-- Margin by fiscal quarter and category
-- What is left after the cost of goods? From the facts; lines whose cost is not known are left out.
-- bar: fiscal_quarter_name, margin_amount; by category
SELECT
    d.fiscal_quarter_name,
    p.category,
    sum(f.margin_amount) AS margin_amount
FROM bi.fact_order_items AS f
INNER JOIN bi.dim_date AS d ON f.order_date = d.calendar_date
INNER JOIN bi.dim_product AS p ON f.product_id = p.product_id
WHERE f.is_revenue
GROUP BY d.fiscal_quarter_name, p.category
ORDER BY d.fiscal_quarter_name, p.category;
