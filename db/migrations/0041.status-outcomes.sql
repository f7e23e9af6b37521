-- A new status that says nothing of its outcome was open, revenue or not; all of its orders were overdue after a while.
ALTER TABLE config.order_status ALTER COLUMN outcome DROP DEFAULT, ALTER COLUMN outcome DROP NOT NULL;
ALTER TABLE config.order_status
ADD COLUMN IF NOT EXISTS order_outcome text COLLATE "C"
GENERATED ALWAYS AS (coalesce(outcome, CASE WHEN is_revenue THEN 'completed' ELSE 'open' END)) STORED;
COMMENT ON COLUMN config.order_status.outcome IS
'What the order has come to: open, completed, cancelled or returned; NULL: completed when it is revenue, else open.';
COMMENT ON COLUMN config.order_status.order_outcome IS 'What outcome says or stands for.';
