-- One row per period of the live figures: today and the last 30 days.
SELECT
    f.period_name,
    f.first_date,
    f.last_date,
    f.total_orders,
    f.completed_orders,
    f.total_revenue,
    f.avg_order_value
FROM live.headline_figures AS f
ORDER BY f.first_date DESC;
