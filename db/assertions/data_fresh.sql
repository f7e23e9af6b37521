CREATE VIEW assertions.data_fresh AS
SELECT
    d.newest_order_date,
    k.as_of,
    k.as_of - d.newest_order_date AS age_days,
    e.max_data_age_days
FROM (SELECT max(r.sale_date) AS newest_order_date FROM rollup.days AS r) AS d
CROSS JOIN config.clock AS k
CROSS JOIN config.expectation AS e
WHERE k.as_of - d.newest_order_date > e.max_data_age_days;

COMMENT ON VIEW assertions.data_fresh IS
'error: The newest order is at most config.expectation.max_data_age_days older than the day that figures are computed for.';
