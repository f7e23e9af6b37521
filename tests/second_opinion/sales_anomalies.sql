WITH

counted AS (
    SELECT
        order_date::date AS sale_date,
        count(*) FILTER (WHERE status IN ('completed', 'shipped', 'delivered')) AS orders,
        coalesce(sum(total_amount) FILTER (WHERE status IN ('completed', 'shipped', 'delivered')), 0)::decimal(18, 2) AS revenue
    FROM orders
    WHERE order_date::date <= $as_of
    GROUP BY 1
),

span AS (
    SELECT
        max(sale_date) - 1 AS last_day,
        greatest(min(sale_date), max(sale_date) - 1092) AS first_day
    FROM counted
),

days AS (
    SELECT
        day::date AS sale_date,
        coalesce(orders, 0)::decimal(18, 2) AS orders,
        coalesce(revenue, 0)::decimal(18, 2) AS revenue
    FROM span
    CROSS JOIN unnest(generate_series(first_day::timestamp, last_day::timestamp, interval 1 day)) AS calendar (day)
    LEFT JOIN counted ON sale_date = day::date
),

long AS (
    UNPIVOT days ON orders, revenue INTO NAME measure VALUE actual
),

-- The two in the middle of the same weekdays around a day, of an even number the one twice.
neighbours AS (
    SELECT
        a.sale_date,
        a.measure,
        a.actual,
        list_sort(list(b.actual)) AS others
    FROM long AS a
    INNER JOIN long AS b
        ON a.measure = b.measure AND abs(a.sale_date - b.sale_date) IN (7, 14, 21, 28)
    GROUP BY ALL
    HAVING count(*) > 3
),

expected AS (
    SELECT
        n.*,
        cents(others[(len(others) + 1) // 2] + others[len(others) // 2 + 1], 2) AS middle,
        (others[(len(others) + 1) // 2] + others[len(others) // 2 + 1])::double / 2 AS exact,
        3 / 8 * CASE measure WHEN 'orders' THEN 1 ELSE (SELECT sum(revenue) / nullif(sum(orders), 0) FROM days) END AS added
    FROM neighbours AS n
),

residuals AS (
    SELECT
        *,
        sqrt(actual::double + added) - sqrt(exact + added) AS residual
    FROM expected
),

spread AS (
    SELECT
        measure,
        1.4826 * median(abs(residual)) AS sigma
    FROM residuals
    WHERE greatest(actual, middle) > 0
    GROUP BY measure
    HAVING count(*) > 27
)

SELECT
    sale_date,
    measure,
    actual,
    middle AS expected,
    greatest(0, greatest(0, sqrt(exact + added) - 2.576 * sigma) ** 2 - added)::decimal(18, 2) AS expected_lower,
    ((sqrt(exact + added) + 2.576 * sigma) ** 2 - added)::decimal(18, 2) AS expected_upper,
    (residual / sigma)::decimal(10, 2) AS deviation,
    if(residual > 0, 'above', 'below') AS direction
FROM residuals
INNER JOIN spread USING (measure)
WHERE sigma > 0 AND abs(residual) > 2.576 * sigma
