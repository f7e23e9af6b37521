-- One row per month, the newest 24. is_partial: the month goes on.
SELECT
    m.month,
    m.orders,
    m.revenue,
    m.month + interval '1 month' > m.last_date + interval '1 day' AS is_partial
FROM (
    SELECT
        date_trunc('month', d.sale_date)::date AS month,
        max(d.sale_date) AS last_date,
        sum(d.completed_orders)::bigint AS orders,
        sum(d.total_revenue) AS revenue
    FROM bi.daily_sales AS d
    GROUP BY date_trunc('month', d.sale_date)
    ORDER BY date_trunc('month', d.sale_date) DESC
    LIMIT 24
) AS m
ORDER BY m.month;
