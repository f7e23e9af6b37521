CREATE VIEW rollup.customer_limits AS
SELECT
    (SELECT array_agg(t.min_orders::bigint ORDER BY t.min_orders) FROM config.customer_tier AS t) AS tier_limits,
    (SELECT array_agg(t.customer_tier ORDER BY t.min_orders) FROM config.customer_tier AS t) AS tiers,
    (SELECT array_agg(v.min_revenue ORDER BY v.min_revenue) FROM config.value_segment AS v) AS value_limits,
    (SELECT array_agg(v.value_segment ORDER BY v.min_revenue) FROM config.value_segment AS v) AS value_segments,
    (SELECT array_agg(s.min_days ORDER BY s.min_days) FROM config.customer_status AS s) AS status_limits,
    (SELECT array_agg(s.customer_status ORDER BY s.min_days) FROM config.customer_status AS s) AS statuses;

COMMENT ON VIEW rollup.customer_limits IS
'One row: where tiers, value segments and healths of customers begin, and their names in the same order, for width_bucket().';
