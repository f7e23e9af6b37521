-- What an apply counts of a day it counts once, by hour: days are sums of hours. What only a refresh needs moves to a rollup of a
-- refresh; its columns in rollup.days go when no view reads them any more (rollup.drop_columns()).

ALTER TABLE rollup.day_hours
ADD COLUMN IF NOT EXISTS guest_orders bigint NOT NULL DEFAULT 0,
ADD COLUMN IF NOT EXISTS guest_completed_orders bigint NOT NULL DEFAULT 0,
ADD COLUMN IF NOT EXISTS guest_revenue numeric(18, 2) NOT NULL DEFAULT 0;
ALTER TABLE rollup.day_hours
ALTER COLUMN guest_orders DROP DEFAULT,
ALTER COLUMN guest_completed_orders DROP DEFAULT,
ALTER COLUMN guest_revenue DROP DEFAULT;
COMMENT ON COLUMN rollup.day_hours.guest_orders IS 'Orders without a customer, in any status.';
COMMENT ON COLUMN rollup.day_hours.guest_completed_orders IS 'Orders without a customer that count as revenue.';
COMMENT ON COLUMN rollup.day_hours.guest_revenue IS 'Revenue of these.';
COMMENT ON TABLE rollup.days IS 'One row per day with an order: the sum of rollup.day_hours.';

ALTER TABLE rollup.status_days
ADD COLUMN IF NOT EXISTS discount_amount numeric(18, 2) NOT NULL DEFAULT 0,
ADD COLUMN IF NOT EXISTS tax_amount numeric(18, 2) NOT NULL DEFAULT 0,
ADD COLUMN IF NOT EXISTS shipping_amount numeric(18, 2) NOT NULL DEFAULT 0,
ADD COLUMN IF NOT EXISTS refunded_amount numeric(18, 2) NOT NULL DEFAULT 0;
ALTER TABLE rollup.status_days
ALTER COLUMN discount_amount DROP DEFAULT,
ALTER COLUMN tax_amount DROP DEFAULT,
ALTER COLUMN shipping_amount DROP DEFAULT,
ALTER COLUMN refunded_amount DROP DEFAULT;
COMMENT ON COLUMN rollup.status_days.discount_amount IS 'Discounts on the orders of the day.';
COMMENT ON COLUMN rollup.status_days.tax_amount IS 'Tax in the orders'' totals.';
COMMENT ON COLUMN rollup.status_days.shipping_amount IS 'Shipping in the orders'' totals.';
COMMENT ON COLUMN rollup.status_days.refunded_amount IS 'Refunded of the orders of the day, whenever it was paid back.';
