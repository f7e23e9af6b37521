CREATE VIEW assertions.order_status_known AS
SELECT
    d.status,
    sum(d.total_orders) AS order_count,
    sum(d.total_amount) AS total_amount
FROM rollup.status_days AS d
LEFT JOIN config.order_status AS s ON d.status = s.status
WHERE s.status IS NULL
GROUP BY d.status;

COMMENT ON VIEW assertions.order_status_known IS
'warn: Every order status stands in config.order_status; orders in another one count as no revenue.';
