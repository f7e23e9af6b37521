CREATE VIEW live.day_hours AS
SELECT
    h.sale_date,
    h.order_hour,
    h.total_orders,
    h.completed_orders,
    h.total_revenue
FROM rollup.day_hours AS h;

COMMENT ON VIEW live.day_hours IS
'One row per day and hour that has orders, as the last refresh counted them. live.hours_today: of now.';
COMMENT ON COLUMN live.day_hours.sale_date IS 'Day.';
COMMENT ON COLUMN live.day_hours.order_hour IS '0 to 23, the shop''s local time.';
COMMENT ON COLUMN live.day_hours.total_orders IS 'Orders in any status.';
COMMENT ON COLUMN live.day_hours.completed_orders IS 'Orders that count as revenue.';
COMMENT ON COLUMN live.day_hours.total_revenue IS 'Sum of total_amount of the completed orders.';
