-- Products to reorder
-- What runs out before new stock comes, and how much to order? Needs inventory.csv.
-- table
SELECT
    i.product_name,
    i.stock_status,
    i.on_hand,
    i.days_of_cover,
    i.reorder_quantity
FROM bi.inventory_intelligence AS i
WHERE i.reorder_quantity > 0
ORDER BY i.days_of_cover ASC NULLS LAST, i.product_id ASC
LIMIT 50;
