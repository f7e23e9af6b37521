-- What files may say but need not: discounts, taxes, shipping, refunds and the currency of orders; the stock of products. And
-- what products have cost, day by day.

ALTER TABLE config.input_column ADD COLUMN IF NOT EXISTS presence text COLLATE "C" NOT NULL DEFAULT 'required';
ALTER TABLE config.input_column
DROP CONSTRAINT IF EXISTS input_column_presence_check,
DROP CONSTRAINT IF EXISTS input_column_kind_check;
ALTER TABLE config.input_column
ADD CONSTRAINT input_column_presence_check CHECK (presence IN ('required', 'optional', 'derived')),
ADD CONSTRAINT input_column_kind_check
CHECK (kind IN ('id', 'text', 'status', 'money', 'quantity', 'count', 'date', 'timestamp', 'currency', 'rate'));
COMMENT ON COLUMN config.input_column.presence IS
'required: the file must have the column. optional: it may; without it rows keep their value. derived: computed by the load.';

CREATE TABLE IF NOT EXISTS config.optional_file (
    table_name text COLLATE "C" NOT NULL,
    CONSTRAINT optional_file_pkey PRIMARY KEY (table_name)
);
COMMENT ON TABLE config.optional_file IS 'One row per input file that a folder need not hold.';
COMMENT ON COLUMN config.optional_file.table_name IS 'Table of config.input_column.';
INSERT INTO config.optional_file (table_name) VALUES ('inventory') ON CONFLICT DO NOTHING;

INSERT INTO config.input_column (
    table_name, column_name, column_position, kind, is_required, is_key, parent_table, value_if_empty, presence
)
VALUES
('orders', 'discount_amount', 6, 'money', false, false, NULL, '0', 'optional'),
('orders', 'tax_amount', 7, 'money', false, false, NULL, '0', 'optional'),
('orders', 'shipping_amount', 8, 'money', false, false, NULL, '0', 'optional'),
('orders', 'refunded_amount', 9, 'money', false, false, NULL, '0', 'optional'),
('orders', 'refunded_at', 10, 'timestamp', false, false, NULL, NULL, 'optional'),
('orders', 'currency', 11, 'currency', false, false, NULL, NULL, 'optional'),
('orders', 'original_amount', 12, 'money', false, false, NULL, NULL, 'derived'),
('orders', 'exchange_rate', 13, 'rate', false, false, NULL, NULL, 'derived'),
('order_items', 'original_unit_price', 7, 'money', false, false, NULL, NULL, 'derived'),
('order_items', 'original_amount', 8, 'money', false, false, NULL, NULL, 'derived'),
('order_items', 'exchange_rate', 9, 'rate', false, false, NULL, NULL, 'derived'),
('inventory', 'product_id', 1, 'id', true, true, 'products', NULL, 'required'),
('inventory', 'on_hand', 2, 'count', true, false, NULL, NULL, 'required'),
('inventory', 'on_order', 3, 'count', false, false, NULL, '0', 'optional'),
('inventory', 'lead_time_days', 4, 'count', false, false, NULL, NULL, 'optional'),
('inventory', 'counted_at', 5, 'timestamp', false, false, NULL, NULL, 'optional')
ON CONFLICT DO NOTHING;

CREATE TABLE IF NOT EXISTS config.exchange_rate (
    rate_date date NOT NULL,
    currency text COLLATE "C" NOT NULL,
    rate numeric(20, 10) NOT NULL,
    CONSTRAINT exchange_rate_pkey PRIMARY KEY (currency, rate_date),
    CONSTRAINT exchange_rate_currency_check CHECK (currency ~ '^[A-Z]{3}$'),
    CONSTRAINT exchange_rate_rate_check CHECK (rate > 0 AND rate <> 'NaN'),
    CONSTRAINT exchange_rate_rate_date_check CHECK (isfinite(rate_date))
);
COMMENT ON TABLE config.exchange_rate IS 'One row per currency and day: what amounts of orders in it are converted with.';
COMMENT ON COLUMN config.exchange_rate.rate_date IS
'The day; days without a rate use the last one before, up to config.load.max_rate_age_days old.';
COMMENT ON COLUMN config.exchange_rate.currency IS 'ISO 4217 code of the foreign currency.';
COMMENT ON COLUMN config.exchange_rate.rate IS 'One unit of the foreign currency in the shop''s currency.';

ALTER TABLE config.load ADD COLUMN IF NOT EXISTS max_rate_age_days integer NOT NULL DEFAULT 7;
ALTER TABLE config.load DROP CONSTRAINT IF EXISTS load_max_rate_age_days_check;
ALTER TABLE config.load ADD CONSTRAINT load_max_rate_age_days_check CHECK (max_rate_age_days >= 0);
COMMENT ON COLUMN config.load.max_rate_age_days IS
'Days that an exchange rate may be older than the order, because banks publish none on holidays. 0: only a rate of the day.';

ALTER TABLE staging.orders
ADD COLUMN IF NOT EXISTS discount_amount numeric(14, 2) NOT NULL DEFAULT 0,
ADD COLUMN IF NOT EXISTS tax_amount numeric(14, 2) NOT NULL DEFAULT 0,
ADD COLUMN IF NOT EXISTS shipping_amount numeric(14, 2) NOT NULL DEFAULT 0,
ADD COLUMN IF NOT EXISTS refunded_amount numeric(14, 2) NOT NULL DEFAULT 0,
ADD COLUMN IF NOT EXISTS refunded_at timestamp,
ADD COLUMN IF NOT EXISTS currency text COLLATE "C",
ADD COLUMN IF NOT EXISTS original_amount numeric(14, 2),
ADD COLUMN IF NOT EXISTS exchange_rate numeric(20, 10);
ALTER TABLE staging.orders
DROP CONSTRAINT IF EXISTS orders_parts_check,
DROP CONSTRAINT IF EXISTS orders_currency_check,
DROP CONSTRAINT IF EXISTS orders_refunded_at_check,
DROP CONSTRAINT IF EXISTS orders_order_date_check;
-- NaN is the greatest number. A time is checked by the year as it is written: local time may be two days off.
ALTER TABLE staging.orders
ADD CONSTRAINT orders_parts_check CHECK (
    least(discount_amount, tax_amount, shipping_amount, refunded_amount) >= 0
    AND greatest(discount_amount, tax_amount, shipping_amount, refunded_amount) < 'NaN'
),
ADD CONSTRAINT orders_currency_check CHECK (
    num_nulls(currency, original_amount, exchange_rate) IN (0, 3)
    AND currency ~ '^[A-Z]{3}$' AND original_amount >= 0 AND exchange_rate > 0
),
ADD CONSTRAINT orders_refunded_at_check CHECK (isfinite(refunded_at)),
ADD CONSTRAINT orders_order_date_check
CHECK (order_date >= timestamp '1969-12-30' AND order_date < timestamp '2200-01-03');
CREATE INDEX IF NOT EXISTS orders_exchange_rate_idx ON staging.orders (order_id) WHERE exchange_rate IS NOT NULL;
COMMENT ON COLUMN staging.orders.total_amount IS 'What the customer paid, in the shop''s currency, as are all amounts.';
COMMENT ON COLUMN staging.orders.discount_amount IS 'What was taken off the prices; 0: nothing, or the file does not say.';
COMMENT ON COLUMN staging.orders.tax_amount IS 'Tax within total_amount.';
COMMENT ON COLUMN staging.orders.shipping_amount IS 'Shipping within total_amount.';
COMMENT ON COLUMN staging.orders.refunded_amount IS 'What was paid back.';
COMMENT ON COLUMN staging.orders.refunded_at IS 'When it was paid back, local time of the shop.';
COMMENT ON COLUMN staging.orders.currency IS 'Currency that the order was paid in; NULL: the shop''s own, nothing was converted.';
COMMENT ON COLUMN staging.orders.original_amount IS 'total_amount in the currency that it was paid in.';
COMMENT ON COLUMN staging.orders.exchange_rate IS 'Rate that the amounts of the order and of its lines were converted with.';

ALTER TABLE staging.order_items
ADD COLUMN IF NOT EXISTS original_unit_price numeric(14, 2),
ADD COLUMN IF NOT EXISTS original_amount numeric(14, 2),
ADD COLUMN IF NOT EXISTS exchange_rate numeric(20, 10);
ALTER TABLE staging.order_items DROP CONSTRAINT IF EXISTS order_items_exchange_rate_check;
ALTER TABLE staging.order_items ADD CONSTRAINT order_items_exchange_rate_check CHECK (
    num_nulls(original_unit_price, original_amount, exchange_rate) IN (0, 3)
);
COMMENT ON COLUMN staging.order_items.original_unit_price IS 'unit_price in the currency of the order; NULL: the shop''s own.';
COMMENT ON COLUMN staging.order_items.original_amount IS 'total_amount in the currency of the order.';
COMMENT ON COLUMN staging.order_items.exchange_rate IS 'Rate of the order, with which the amounts were converted.';

CREATE TABLE IF NOT EXISTS staging.inventory (
    product_id text COLLATE "C" NOT NULL,
    on_hand integer NOT NULL,
    on_order integer NOT NULL DEFAULT 0,
    lead_time_days integer,
    counted_at timestamp,
    load_id bigint,
    line_number bigint,
    CONSTRAINT inventory_pkey PRIMARY KEY (product_id),
    CONSTRAINT inventory_on_hand_check CHECK (on_hand >= 0),
    CONSTRAINT inventory_on_order_check CHECK (on_order >= 0),
    CONSTRAINT inventory_lead_time_days_check CHECK (lead_time_days >= 0),
    CONSTRAINT inventory_counted_at_check CHECK (isfinite(counted_at)),
    CONSTRAINT inventory_product_id_fkey
    FOREIGN KEY (product_id) REFERENCES staging.products (product_id) ON UPDATE CASCADE ON DELETE CASCADE
);
COMMENT ON TABLE staging.inventory IS 'One row per product whose stock is known.';
COMMENT ON COLUMN staging.inventory.on_hand IS 'Units in stock.';
COMMENT ON COLUMN staging.inventory.on_order IS 'Units that were ordered from the supplier and are not there yet.';
COMMENT ON COLUMN staging.inventory.lead_time_days IS
'Days from an order to the supplier until the units are there; NULL: not known.';
COMMENT ON COLUMN staging.inventory.counted_at IS 'When the units were counted, local time of the shop; NULL: not known.';

CREATE TABLE IF NOT EXISTS staging.product_prices (
    product_id text COLLATE "C" NOT NULL,
    valid_from date NOT NULL,
    valid_to date,
    price numeric(14, 2) NOT NULL,
    cost numeric(14, 2),
    CONSTRAINT product_prices_pkey PRIMARY KEY (product_id, valid_from),
    CONSTRAINT product_prices_valid_to_key UNIQUE NULLS NOT DISTINCT (product_id, valid_to),
    CONSTRAINT product_prices_valid_to_check CHECK (valid_from < valid_to AND isfinite(valid_to)),
    CONSTRAINT product_prices_product_id_fkey
    FOREIGN KEY (product_id) REFERENCES staging.products (product_id) ON UPDATE CASCADE ON DELETE CASCADE,
    CONSTRAINT product_prices_valid_to_fkey
    FOREIGN KEY (product_id, valid_to) REFERENCES staging.product_prices (product_id, valid_from) DEFERRABLE
);
COMMENT ON TABLE staging.product_prices IS
'One row per product and span of days with one price; each day is in exactly one. A trigger on staging.products writes it.';
COMMENT ON COLUMN staging.product_prices.valid_from IS 'First day of the span; -infinity for the first that is known.';
COMMENT ON COLUMN staging.product_prices.valid_to IS 'First day after the span, on which the next begins; NULL: it goes on.';
COMMENT ON COLUMN staging.product_prices.price IS 'List price.';
COMMENT ON COLUMN staging.product_prices.cost IS 'Cost of one unit; NULL: not known.';
INSERT INTO staging.product_prices (product_id, valid_from, price, cost)
SELECT
    p.product_id,
    '-infinity' AS valid_from,
    p.price,
    p.cost
FROM staging.products AS p
LEFT JOIN staging.product_prices AS h ON p.product_id = h.product_id
WHERE h.product_id IS NULL;

-- Landing: NULL stands for an empty or missing value until the row is merged.
ALTER TABLE landing.orders
ADD COLUMN IF NOT EXISTS discount_amount numeric(14, 2),
ADD COLUMN IF NOT EXISTS tax_amount numeric(14, 2),
ADD COLUMN IF NOT EXISTS shipping_amount numeric(14, 2),
ADD COLUMN IF NOT EXISTS refunded_amount numeric(14, 2),
ADD COLUMN IF NOT EXISTS refunded_at timestamp,
ADD COLUMN IF NOT EXISTS currency text COLLATE "C",
ADD COLUMN IF NOT EXISTS original_amount numeric(14, 2),
ADD COLUMN IF NOT EXISTS exchange_rate numeric(20, 10);
ALTER TABLE landing.order_items
ADD COLUMN IF NOT EXISTS original_unit_price numeric(14, 2),
ADD COLUMN IF NOT EXISTS original_amount numeric(14, 2),
ADD COLUMN IF NOT EXISTS exchange_rate numeric(20, 10);
CREATE UNLOGGED TABLE IF NOT EXISTS landing.inventory (
    line_number bigint GENERATED BY DEFAULT AS IDENTITY (CACHE 1000),
    product_id text COLLATE "C",
    on_hand integer,
    on_order integer,
    lead_time_days integer,
    counted_at timestamp
);
COMMENT ON TABLE landing.inventory IS 'One row per line of inventory.csv, while it is loaded.';

ALTER TABLE ops.load_file ADD COLUMN IF NOT EXISTS column_names text[] NOT NULL DEFAULT '{}';
COMMENT ON COLUMN ops.load_file.column_names IS 'Columns of staging that the file has.';
COMMENT ON COLUMN ops.load_file.fingerprint IS
'staging.fingerprint() of the rows of the file, if every one was taken; NULL: not so, or not worked out.';
UPDATE ops.load_file
SET fingerprint = NULL
WHERE fingerprint IS NOT NULL;
