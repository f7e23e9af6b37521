-- One row: whose page this is, how old its figures are, and how the last refresh went. as_of: of the live figures.
SELECT
    s.shop_name,
    s.currency,
    s.as_of,
    s.is_fixed,
    s.newest_order_date,
    s.is_stale,
    s.published_at AS published_moment,
    s.published_at AT TIME ZONE s.time_zone AS published_at,
    s.last_run_status,
    s.last_run_finished_at AT TIME ZONE s.time_zone AS last_run_finished_at,
    s.last_run_error,
    s.assertions,
    s.failed_assertions,
    s.warned_assertions
FROM live.shop_state AS s;
