CREATE VIEW assertions.order_totals_match_items AS
SELECT
    d.sale_date,
    d.mismatched_orders,
    d.mismatch_amount,
    sum(d.mismatched_orders) OVER () AS all_mismatched_orders,
    sum(d.mismatch_amount) OVER () AS sum_of_differences
FROM rollup.item_days AS d
WHERE d.mismatched_orders > 0;

COMMENT ON VIEW assertions.order_totals_match_items IS
'warn: The total of an order is the sum of its lines. Discounts, shipping and rounding make it differ. A row a day.';
