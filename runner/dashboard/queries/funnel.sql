-- One row per period and status: orders and their amount.
SELECT
    p.for_period,
    f.status,
    f.outcome,
    array_position(ARRAY['open', 'completed', 'cancelled', 'returned'], f.outcome) AS outcome_order,
    sum(f.total_orders) AS total_orders,
    sum(f.total_amount) AS total_amount,
    (100 * sum(f.total_orders) / sum(sum(f.total_orders)) OVER (PARTITION BY p.for_period))::numeric(7, 4) AS orders_share,
    sum(f.overdue_orders) AS overdue_orders
FROM bi.daily_order_funnel AS f
INNER JOIN bi.kpi_summary AS k ON f.sale_date <= k.as_of
INNER JOIN (VALUES (7), (30), (90), (365), (0)) AS p (for_period)
    ON p.for_period = 0 OR f.sale_date > k.as_of - p.for_period
GROUP BY p.for_period, f.status, f.outcome
ORDER BY p.for_period ASC, outcome_order ASC, total_orders DESC, f.status ASC;
