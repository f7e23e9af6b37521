CREATE MATERIALIZED VIEW analytics.repeat_purchase AS
WITH

-- How often an order of a number came so many days after the one before. The first order of a day came after the last of the
-- customer's day before, the others after 0 days.
days AS (
    SELECT
        d.orders_before,
        d.completed_orders,
        d.days_since_previous,
        count(*) AS customers
    FROM rollup.customer_days AS d
    CROSS JOIN config.repeat_purchase AS l
    WHERE d.orders_before < l.max_order_number
    GROUP BY d.orders_before, d.completed_orders, d.days_since_previous
),

gaps AS (
    SELECT
        n.order_number,
        CASE WHEN n.order_number = d.orders_before + 1 THEN d.days_since_previous ELSE 0 END AS gap_days,
        sum(d.customers) AS customers
    FROM days AS d
    CROSS JOIN config.repeat_purchase AS l
    CROSS JOIN
        generate_series(d.orders_before + 1, least(d.orders_before + d.completed_orders, l.max_order_number)) AS n (order_number)
    GROUP BY n.order_number, gap_days
),

counted AS (
    SELECT
        g.order_number,
        g.gap_days,
        sum(g.customers) OVER (PARTITION BY g.order_number) AS customers,
        sum(g.customers) OVER (PARTITION BY g.order_number ORDER BY g.gap_days) AS customers_to_here
    FROM gaps AS g
),

-- The median is the mean of the two in the middle, which are one when their number is odd.
medians AS (
    SELECT
        c.order_number,
        c.customers,
        min(c.gap_days) FILTER (WHERE 2 * c.customers_to_here >= c.customers) AS lower_days,
        min(c.gap_days) FILTER (WHERE 2 * c.customers_to_here > c.customers) AS upper_days
    FROM counted AS c
    GROUP BY c.order_number, c.customers
)

SELECT
    n.order_number,
    coalesce(m.customers, 0)::bigint AS customers,
    (100.0 * coalesce(m.customers, 0) / first_value(m.customers) OVER numbers)::numeric(7, 4) AS customer_share,
    (100.0 * coalesce(m.customers, 0) / lag(m.customers) OVER numbers)::numeric(7, 4) AS repeat_rate,
    ((m.lower_days + m.upper_days) / 2.0)::numeric(8, 1) AS median_days_since_previous
FROM config.repeat_purchase AS l
CROSS JOIN generate_series(1, l.max_order_number) AS n (order_number)
LEFT JOIN medians AS m ON n.order_number = m.order_number
WINDOW numbers AS (ORDER BY n.order_number);

CREATE UNIQUE INDEX repeat_purchase_order_number_key ON analytics.repeat_purchase (order_number);

COMMENT ON MATERIALIZED VIEW analytics.repeat_purchase IS
'One row per number of an order in its customer''s history (1: first completed order), up to config.repeat_purchase.';
COMMENT ON COLUMN analytics.repeat_purchase.order_number IS 'Key. 1: first order, 2: second, ….';
COMMENT ON COLUMN analytics.repeat_purchase.customers IS 'Customers who made this order, so at least so many.';
COMMENT ON COLUMN analytics.repeat_purchase.customer_share IS
'They in percent of all who ever bought; at order_number 2 this is the shop''s repeat rate. NULL while nobody bought.';
COMMENT ON COLUMN analytics.repeat_purchase.repeat_rate IS
'They in percent of those who made the order before; NULL for the first and after a number that nobody reached.';
COMMENT ON COLUMN analytics.repeat_purchase.median_days_since_previous IS
'Median days from the order before to this one; 0: the same day. NULL for the first and where there are none.';
