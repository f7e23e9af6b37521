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
    i.demand_class,
    format(
        '%s a week, give or take %s (%s)',
        round(i.expected_weekly_units, 1),
        round(i.weekly_units_error, 1),
        i.forecast_method
    ) AS expected_demand,
    i.stock_value
FROM bi.inventory_intelligence AS i
WHERE i.stock_status IN ('Out of stock', 'Stock-out risk', 'Reorder', 'Dead stock')
ORDER BY
    array_position(ARRAY['Out of stock', 'Stock-out risk', 'Reorder', 'Dead stock'], i.stock_status),
    i.days_of_cover NULLS LAST,
    i.product_id COLLATE "C"
LIMIT 100;
