CREATE MATERIALIZED VIEW analytics.daily_order_funnel AS
SELECT
    d.sale_date,
    d.status,
    coalesce(s.order_outcome, 'unknown') AS outcome,
    d.total_orders,
    d.total_amount,
    CASE
        WHEN s.order_outcome = 'open' AND k.as_of - d.sale_date > f.max_open_days THEN d.total_orders ELSE 0
    END AS overdue_orders,
    NULL::boolean AS no_duplicate_check
FROM rollup.status_days AS d
CROSS JOIN config.clock AS k
CROSS JOIN config.order_funnel AS f
LEFT JOIN config.order_status AS s ON d.status = s.status;

CREATE UNIQUE INDEX daily_order_funnel_sale_date_status_key ON analytics.daily_order_funnel (sale_date, status);

COMMENT ON MATERIALIZED VIEW analytics.daily_order_funnel IS
'One row per day of the order and status that orders of the day are in now, days after config.clock.as_of too.';
COMMENT ON COLUMN analytics.daily_order_funnel.sale_date IS 'Key. Day of the order, in the shop''s time zone.';
COMMENT ON COLUMN analytics.daily_order_funnel.status IS 'Key. Status that the orders are in now.';
COMMENT ON COLUMN analytics.daily_order_funnel.outcome IS
'What it means: open, completed, cancelled or returned (config.order_status); unknown: a status that is not in there.';
COMMENT ON COLUMN analytics.daily_order_funnel.total_orders IS 'Orders in the status.';
COMMENT ON COLUMN analytics.daily_order_funnel.total_amount IS
'Their total_amount, whether it counts as revenue or not.';
COMMENT ON COLUMN analytics.daily_order_funnel.overdue_orders IS
'Of open orders those older than config.order_funnel.max_open_days on config.clock.as_of.';
COMMENT ON COLUMN analytics.daily_order_funnel.no_duplicate_check IS
'Internal: always NULL. A refresh searches the rows that hold no NULL for equal ones, which the key excludes already.';
