CREATE VIEW assertions.order_status_known AS
SELECT
    o.status,
    count(*) AS order_count,
    sum(o.total_amount) AS total_amount
FROM staging.orders AS o
LEFT JOIN config.order_status AS s ON o.status = s.status
WHERE s.status IS NULL
GROUP BY o.status;

COMMENT ON VIEW assertions.order_status_known IS
'warn: Every order status stands in config.order_status; orders in another one count as no revenue.';
