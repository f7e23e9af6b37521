-- Revenue of new customers, returning ones and guests
-- Do we live on new customers? By month, from the facts.
-- bar: month_start_date, revenue; by buyer
SELECT
    d.month_start_date,
    CASE WHEN f.is_guest THEN 'Guest' WHEN f.is_new_customer THEN 'New' ELSE 'Returning' END AS buyer,
    sum(f.revenue) AS revenue
FROM bi.fact_orders AS f
INNER JOIN bi.dim_date AS d ON f.order_date = d.calendar_date
WHERE f.is_revenue
GROUP BY d.month_start_date, buyer
ORDER BY d.month_start_date, buyer;
