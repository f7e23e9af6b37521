CREATE VIEW bi.dim_product AS
SELECT
    p.product_id,
    p.product_name,
    coalesce(p.category, 'Uncategorized') AS category,
    p.price,
    p.cost,
    m.profit_margin,
    m.performance_category,
    m.abc_class,
    m.first_sale_date,
    m.last_sale_date
FROM staging.products AS p
LEFT JOIN analytics.product_performance AS m ON p.product_id = m.product_id;

COMMENT ON VIEW bi.dim_product IS 'One row per product, those never sold too.';
COMMENT ON COLUMN bi.dim_product.product_id IS 'Key. Referred to by fact_order_items.product_id.';
COMMENT ON COLUMN bi.dim_product.product_name IS 'Name.';
COMMENT ON COLUMN bi.dim_product.category IS 'Category; Uncategorized when the shop''s file gives none.';
COMMENT ON COLUMN bi.dim_product.price IS 'Current list price.';
COMMENT ON COLUMN bi.dim_product.cost IS 'Current cost of one unit; NULL when not known.';
COMMENT ON COLUMN bi.dim_product.profit_margin IS
'Margin of the list price in percent. Like all that follow, as of the last refresh: NULL for a product that came later.';
COMMENT ON COLUMN bi.dim_product.performance_category IS 'Top, Good, Average or Low, as in product_performance.';
COMMENT ON COLUMN bi.dim_product.abc_class IS 'A, B or C, as in product_performance.';
COMMENT ON COLUMN bi.dim_product.first_sale_date IS 'Day of the first completed order with the product.';
COMMENT ON COLUMN bi.dim_product.last_sale_date IS 'Day of the last completed order with the product.';
