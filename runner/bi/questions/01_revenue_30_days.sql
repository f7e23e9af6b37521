-- Revenue of the last 30 days
-- What did the shop take in the 30 days that end with the day of the figures?
-- number: total_revenue
SELECT sum(d.total_revenue) AS total_revenue
FROM bi.daily_sales AS d
CROSS JOIN bi.data_age AS a
WHERE d.sale_date > a.as_of - 30 AND a.as_of >= d.sale_date;
