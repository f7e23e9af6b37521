-- For BI tools: when the shop's fiscal year begins; and no number that they cannot hold.

ALTER TABLE config.shop ADD COLUMN IF NOT EXISTS first_fiscal_month integer NOT NULL DEFAULT 1;
ALTER TABLE config.shop DROP CONSTRAINT IF EXISTS shop_first_fiscal_month_check;
ALTER TABLE config.shop ADD CONSTRAINT shop_first_fiscal_month_check CHECK (first_fiscal_month BETWEEN 1 AND 12);
COMMENT ON COLUMN config.shop.first_fiscal_month IS
'Month in which the fiscal year begins: 1 January to 12 December. The year is named after the one in which it ends.';

COMMENT ON SCHEMA bi IS
'What BI tools read: one plain view for each materialized view, a star of facts and dimensions, and the age of the data.';

-- NaN is the greatest number.
ALTER TABLE staging.orders DROP CONSTRAINT IF EXISTS orders_original_amount_check;
ALTER TABLE staging.orders ADD CONSTRAINT orders_original_amount_check
CHECK (greatest(original_amount, exchange_rate) < 'NaN');
ALTER TABLE staging.order_items DROP CONSTRAINT IF EXISTS order_items_original_amount_check;
ALTER TABLE staging.order_items ADD CONSTRAINT order_items_original_amount_check
CHECK (greatest(original_unit_price, original_amount, exchange_rate) < 'NaN');
ALTER TABLE staging.product_prices DROP CONSTRAINT IF EXISTS product_prices_price_check;
ALTER TABLE staging.product_prices ADD CONSTRAINT product_prices_price_check CHECK (greatest(price, cost) < 'NaN');
