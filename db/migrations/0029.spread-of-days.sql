-- How far days were apart when a forecast of the back-test was made: its errors are measured by it.

ALTER TABLE predict.daily_backtest ADD COLUMN IF NOT EXISTS spread double precision;
COMMENT ON COLUMN predict.daily_backtest.spread IS
'How far the last days up to the origin were from the same weekday a week before: predict.local_spread(). NULL: forecast before '
'there was this column.';
