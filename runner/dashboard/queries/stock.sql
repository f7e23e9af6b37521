-- One row per product whose stock asks for something, the most pressing first; at most 100.
SELECT
    i.product_name,
    i.category,
    i.stock_status,
    i.on_hand,
    i.on_order,
    i.days_of_cover,
    i.reorder_point,
    i.reorder_quantity,
    i.daily_units_28_days,
    i.stock_value
FROM bi.inventory_intelligence AS i
WHERE i.stock_status IN ('Out of stock', 'Stock-out risk', 'Reorder', 'Dead stock')
ORDER BY
    array_position(ARRAY['Out of stock', 'Stock-out risk', 'Reorder', 'Dead stock'], i.stock_status),
    i.days_of_cover NULLS LAST,
    i.product_id COLLATE "C"
LIMIT 100;
