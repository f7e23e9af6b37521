CREATE MATERIALIZED VIEW analytics.segment_history AS
SELECT
    m.month_end,
    m.previous_tier,
    m.previous_status,
    m.customer_tier,
    m.customer_status,
    (m.previous_tier, m.previous_status) <> (m.customer_tier, m.customer_status) AS is_move,
    m.customers,
    (100 * m.customers / sum(m.customers) OVER (PARTITION BY m.month_end))::numeric(7, 4) AS customer_share
FROM rollup.segment_months AS m
INNER JOIN config.clock AS k ON m.month_end < k.as_of;

CREATE UNIQUE INDEX segment_history_month_end_move_key
ON analytics.segment_history (month_end, previous_tier, previous_status, customer_tier, customer_status);

COMMENT ON MATERIALIZED VIEW analytics.segment_history IS
'One row per month that is over and move of customers from tier × health at its begin to tier × health at its end. Sum customers '
'by month_end, customer_tier or customer_status for how many were where. History: written once, so many days after the month as '
'config.segment_history says, both its ends as they were known then; later orders and limits do not change it.';
COMMENT ON COLUMN analytics.segment_history.month_end IS 'Key. Last day of the month.';
COMMENT ON COLUMN analytics.segment_history.previous_tier IS
'Key. Tier at the end of the month before; New: neither registered nor bought by then.';
COMMENT ON COLUMN analytics.segment_history.previous_status IS
'Key. Health at the end of the month before; New: neither registered nor bought by then.';
COMMENT ON COLUMN analytics.segment_history.customer_tier IS
'Key. Tier on month_end, by the orders up to then. Prospect: registered, not bought yet.';
COMMENT ON COLUMN analytics.segment_history.customer_status IS
'Key. Health on month_end, by the days since the last order up to then.';
COMMENT ON COLUMN analytics.segment_history.is_move IS 'false: tier and health are what they were a month before.';
COMMENT ON COLUMN analytics.segment_history.customers IS 'Customers who made this move.';
COMMENT ON COLUMN analytics.segment_history.customer_share IS 'They in percent of the customers on month_end.';
