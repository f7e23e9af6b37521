CREATE VIEW assertions.no_recent_anomaly AS
SELECT
    a.sale_date,
    a.measure,
    a.actual,
    a.expected,
    a.deviation
FROM analytics.sales_anomalies AS a
CROSS JOIN config.clock AS k
CROSS JOIN config.sales_anomaly AS c
WHERE a.sale_date > k.as_of - c.warn_days AND abs(a.deviation) > c.warn_deviation;

COMMENT ON VIEW assertions.no_recent_anomaly IS
'warn: No day of the last config.sales_anomaly.warn_days had revenue or orders very far from the same weekdays around it.';
