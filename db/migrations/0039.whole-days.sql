-- Which days and months are over.

-- While the clock follows the calendar, its day is still going on.
ALTER TABLE config.clock
ADD COLUMN IF NOT EXISTS last_whole_day date GENERATED ALWAYS AS (as_of - CASE WHEN is_fixed THEN 0 ELSE 1 END) STORED;
COMMENT ON COLUMN config.clock.last_whole_day IS
'The last day that is over: as_of when is_fixed, else the day before it. Weeks and months up to here are whole.';

CREATE TABLE IF NOT EXISTS config.segment_history (
    is_only_row boolean NOT NULL DEFAULT true,
    close_after_days integer NOT NULL DEFAULT 7,
    CONSTRAINT segment_history_pkey PRIMARY KEY (is_only_row),
    CONSTRAINT segment_history_is_only_row_check CHECK (is_only_row),
    CONSTRAINT segment_history_close_after_days_check CHECK (close_after_days >= 0)
);
COMMENT ON TABLE config.segment_history IS 'One row: how the history of tiers and healths is kept.';
COMMENT ON COLUMN config.segment_history.is_only_row IS 'Holds the table to one row.';
COMMENT ON COLUMN config.segment_history.close_after_days IS
'A month is written, once and for all, when it has been over for more days than this: its last orders are loaded and decided '
'then.';
INSERT INTO config.segment_history DEFAULT VALUES ON CONFLICT DO NOTHING;
