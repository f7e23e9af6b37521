CREATE VIEW live.shop_state AS
WITH

last_run AS (
    SELECT
        r.status,
        r.finished_at,
        r.error_message
    FROM ops.run AS r
    INNER JOIN ops.latest AS t ON r.run_id = t.last_run_id
),

last_publish AS (
    SELECT max(r.finished_at) AS published_at
    FROM ops.run AS r
    INNER JOIN ops.latest AS t ON r.run_id = t.last_publish_id
),

last_results AS (
    SELECT
        count(*) AS assertions,
        count(*) FILTER (WHERE a.severity = 'error' AND a.violation_count > 0) AS failed_assertions,
        count(*) FILTER (WHERE a.severity <> 'error' AND a.violation_count > 0) AS warned_assertions
    FROM ops.assertion_result AS a
    WHERE a.run_id = (SELECT max(b.run_id) FROM ops.assertion_result AS b)
)

SELECT
    s.shop_name,
    s.currency,
    s.time_zone,
    k.as_of,
    k.is_fixed,
    d.newest_order_date,
    k.as_of - d.newest_order_date > e.max_data_age_days AS is_stale,
    p.published_at,
    r.status AS last_run_status,
    r.finished_at AS last_run_finished_at,
    r.error_message AS last_run_error,
    l.assertions,
    l.failed_assertions,
    l.warned_assertions
FROM config.shop AS s
CROSS JOIN config.clock AS k
CROSS JOIN config.expectation AS e
CROSS JOIN last_publish AS p
CROSS JOIN last_results AS l
CROSS JOIN (SELECT max(g.sale_date) AS newest_order_date FROM rollup.days AS g) AS d
LEFT JOIN last_run AS r ON true;

COMMENT ON VIEW live.shop_state IS 'One row: whose shop it is, how old its data is, and how the last refresh went.';
COMMENT ON COLUMN live.shop_state.shop_name IS 'config.shop.shop_name.';
COMMENT ON COLUMN live.shop_state.currency IS 'ISO 4217; all amounts are in it.';
COMMENT ON COLUMN live.shop_state.time_zone IS 'The shop''s, for showing moments.';
COMMENT ON COLUMN live.shop_state.as_of IS 'The day that live figures are computed for: config.clock.as_of.';
COMMENT ON COLUMN live.shop_state.is_fixed IS 'Whether that day stands still instead of following the calendar.';
COMMENT ON COLUMN live.shop_state.newest_order_date IS 'Day of the newest order, as of the last refresh; NULL in an empty shop.';
COMMENT ON COLUMN live.shop_state.is_stale IS 'Whether it is older than config.expectation.max_data_age_days.';
COMMENT ON COLUMN live.shop_state.published_at IS 'When the last refresh that succeeded ended; NULL before the first.';
COMMENT ON COLUMN live.shop_state.last_run_status IS
'Of the last refresh that ended, skipped ones aside: succeeded, failed, abandoned.';
COMMENT ON COLUMN live.shop_state.last_run_finished_at IS 'When it ended.';
COMMENT ON COLUMN live.shop_state.last_run_error IS 'What stopped it.';
COMMENT ON COLUMN live.shop_state.assertions IS 'Assertions of the last refresh that ran them.';
COMMENT ON COLUMN live.shop_state.failed_assertions IS 'Of these, such of severity error with violating rows.';
COMMENT ON COLUMN live.shop_state.warned_assertions IS 'Of these, others with violating rows.';
