-- A changed price is a mark of its own, looked up when it is taken, so that who writes prices need not wait for who counts.

ALTER TABLE rollup.dirty ADD COLUMN IF NOT EXISTS span_start date, ADD COLUMN IF NOT EXISTS span_end date;
ALTER TABLE rollup.dirty DROP CONSTRAINT IF EXISTS dirty_span_check;
ALTER TABLE rollup.dirty ADD CONSTRAINT dirty_span_check
CHECK ((span_start IS NULL) = (span_end IS NULL) AND (span_start IS NULL OR product_id IS NOT NULL));
COMMENT ON COLUMN rollup.dirty.product_id IS
'The category of this product changed: all who bought it and all days on which it sold are due; or, with a span, its price.';
COMMENT ON COLUMN rollup.dirty.span_start IS
'The price or cost of the product changed from this day on: the days of the span on which it sold are due.';
COMMENT ON COLUMN rollup.dirty.span_end IS 'The first day after the change.';
