-- The state of every customer at the end of every month from the month of the first sale on, and of the month before that.
WITH sales AS (
    SELECT customer_id, order_date::date AS day FROM orders
    WHERE status IN ('completed', 'shipped', 'delivered') AND customer_id IS NOT NULL
),
ends AS (
    SELECT
        unnest(generate_series(min(day) - INTERVAL 1 MONTH, $as_of, INTERVAL 1 DAY))::date AS day
    FROM sales
),
month_ends AS (SELECT day FROM ends WHERE day = last_day(day) AND day + 7 < $as_of),
states AS (
    SELECT
        e.day,
        c.customer_id,
        count(s.day) AS n,
        e.day - max(s.day) AS age,
        CASE WHEN n >= 10 THEN 'VIP' WHEN n >= 6 THEN 'Loyal' WHEN n >= 2 THEN 'Regular' WHEN n = 1 THEN 'One-time' ELSE 'Prospect' END
            AS tier,
        CASE
            WHEN n = 0 THEN 'Prospect'
            WHEN age > 365 THEN 'Lost'
            WHEN age > 180 THEN 'Dormant'
            WHEN age > 90 THEN 'At Risk'
            ELSE 'Active'
        END AS health
    FROM month_ends AS e CROSS JOIN customers AS c LEFT JOIN sales AS s ON s.customer_id = c.customer_id AND s.day <= e.day
    GROUP BY e.day, c.customer_id, c.registration_date
    HAVING n > 0 OR c.registration_date <= e.day
),
moves AS (
    SELECT
        s.day AS month_end,
        coalesce(p.tier, 'New') AS previous_tier,
        coalesce(p.health, 'New') AS previous_status,
        s.tier AS customer_tier,
        s.health AS customer_status,
        count(*) AS customers
    FROM states AS s LEFT JOIN states AS p ON p.customer_id = s.customer_id AND p.day = last_day(s.day - INTERVAL 1 MONTH)
    WHERE s.day >= (SELECT min(day) FROM sales)
    GROUP BY ALL
)
SELECT
    month_end,
    previous_tier,
    previous_status,
    customer_tier,
    customer_status,
    NOT (previous_tier = customer_tier AND previous_status = customer_status) AS is_move,
    customers,
    ratio(100 * customers, sum(customers) OVER (PARTITION BY month_end), 4) AS customer_share
FROM moves
