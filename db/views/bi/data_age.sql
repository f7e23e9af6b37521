CREATE VIEW bi.data_age AS
WITH

last_publish AS (
    SELECT
        r.run_id,
        r.as_of,
        r.finished_at
    FROM ops.run AS r
    INNER JOIN ops.latest AS t ON r.run_id = t.last_publish_id
),

last_run AS (
    SELECT r.status
    FROM ops.run AS r
    INNER JOIN ops.latest AS t ON r.run_id = t.last_run_id
),

newest_order AS (
    SELECT max(d.sale_date) AS newest_order_date
    FROM analytics.daily_sales AS d
    WHERE d.total_orders > 0
)

SELECT
    p.run_id,
    p.as_of,
    p.finished_at AT TIME ZONE s.time_zone AS published_at,
    n.newest_order_date,
    p.as_of - n.newest_order_date AS days_since_newest_order,
    (SELECT min(c.relation_name) FROM ops.changed_relation AS c) IS NOT NULL AS has_unpublished_changes,
    r.status AS last_run_status,
    s.shop_name,
    s.currency,
    s.time_zone
FROM config.shop AS s
CROSS JOIN newest_order AS n
LEFT JOIN last_publish AS p ON true
LEFT JOIN last_run AS r ON true;

COMMENT ON VIEW bi.data_age IS
'One row: how old the published figures are. They all changed together, in the refresh run_id, for the day as_of.';
COMMENT ON COLUMN bi.data_age.run_id IS
'Key. Number of the refresh that published the figures; NULL before the first. The same before and after reading: one state.';
COMMENT ON COLUMN bi.data_age.as_of IS 'The day that the published figures are computed for: "today" in every one of them.';
COMMENT ON COLUMN bi.data_age.published_at IS 'When they were published, the shop''s local time.';
COMMENT ON COLUMN bi.data_age.newest_order_date IS 'Day of the newest order in them; NULL in an empty shop.';
COMMENT ON COLUMN bi.data_age.days_since_newest_order IS
'Days from newest_order_date to as_of; below 0 when orders are dated later.';
COMMENT ON COLUMN bi.data_age.has_unpublished_changes IS
'Whether data or settings changed since. The facts show new orders at once, the other views after the next refresh.';
COMMENT ON COLUMN bi.data_age.last_run_status IS
'Of the last refresh that ended: succeeded; failed or abandoned: the figures are still those of run_id.';
COMMENT ON COLUMN bi.data_age.shop_name IS 'Name of the shop.';
COMMENT ON COLUMN bi.data_age.currency IS 'ISO 4217 code; all amounts are in it unless their comment says otherwise.';
COMMENT ON COLUMN bi.data_age.time_zone IS 'IANA name of the time zone of every moment and day.';
