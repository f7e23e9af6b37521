-- One row per number of a purchase. Key: purchase_number
WITH

purchases AS (
    SELECT
        o.customer_id,
        row_number() OVER customer AS purchase_number,
        o.order_day - lag(o.order_day) OVER customer AS days_since_previous
    FROM orders AS o
    INNER JOIN order_status AS s ON o.status = s.status
    WHERE s.is_revenue AND o.customer_id IS NOT NULL
    WINDOW customer AS (PARTITION BY o.customer_id ORDER BY o.order_date, o.order_id)
),

numbers AS (
    SELECT
        p.purchase_number,
        count(*) AS customers,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY p.days_since_previous) AS median_days
    FROM purchases AS p
    GROUP BY p.purchase_number
)

SELECT
    n.purchase_number,
    n.customers,
    (100.0 * n.customers / first_value(n.customers) OVER (ORDER BY n.purchase_number))::numeric(5, 2) AS share_of_customers,
    (100.0 * n.customers / lag(n.customers) OVER (ORDER BY n.purchase_number))::numeric(5, 2) AS share_of_previous,
    n.median_days::numeric(9, 1) AS median_days
FROM numbers AS n
