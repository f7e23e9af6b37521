-- Revenue by day
-- Is this week better than the last ones? The last 90 days, and the average of seven days.
-- line: sale_date, total_revenue, average_of_7_days
SELECT
    d.sale_date,
    d.total_revenue,
    d.revenue_avg_7_days AS average_of_7_days
FROM bi.daily_sales AS d
CROSS JOIN bi.data_age AS a
WHERE d.sale_date > a.as_of - 90 AND a.as_of >= d.sale_date
ORDER BY d.sale_date;
