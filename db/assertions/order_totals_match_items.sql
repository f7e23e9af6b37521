CREATE VIEW assertions.order_totals_match_items AS
WITH

lines AS (
    SELECT
        i.order_id,
        sum(i.total_amount) AS items_amount
    FROM staging.order_items AS i
    GROUP BY i.order_id
),

differing AS (
    SELECT
        o.order_id,
        o.total_amount,
        l.items_amount,
        o.total_amount - coalesce(l.items_amount, 0) AS difference
    FROM staging.orders AS o
    LEFT JOIN lines AS l ON o.order_id = l.order_id
    WHERE l.items_amount IS DISTINCT FROM o.total_amount
)

SELECT
    d.order_id,
    d.total_amount,
    d.items_amount,
    d.difference,
    sum(d.difference) OVER () AS sum_of_differences
FROM differing AS d;

COMMENT ON VIEW assertions.order_totals_match_items IS
'warn: The total of an order is the sum of its lines. Discounts, shipping and rounding make it differ in many shops.';
