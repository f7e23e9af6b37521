-- The four tables. load_id and line_number lead a row back to the file that last wrote it; other writers leave them NULL.

CREATE TABLE IF NOT EXISTS staging.customers (
    customer_id text COLLATE "C" NOT NULL,
    first_name text,
    last_name text,
    email text,
    customer_segment text,
    country text,
    registration_date date,
    load_id bigint,
    line_number bigint,
    CONSTRAINT customers_pkey PRIMARY KEY (customer_id),
    CONSTRAINT customers_customer_id_check CHECK (customer_id <> ''),
    CONSTRAINT customers_registration_date_check CHECK (isfinite(registration_date))
);
COMMENT ON TABLE staging.customers IS 'One row per customer.';

CREATE TABLE IF NOT EXISTS staging.products (
    product_id text COLLATE "C" NOT NULL,
    product_name text,
    category text,
    price numeric(14, 2) NOT NULL,
    cost numeric(14, 2),
    load_id bigint,
    line_number bigint,
    CONSTRAINT products_pkey PRIMARY KEY (product_id),
    CONSTRAINT products_product_id_check CHECK (product_id <> ''),
    CONSTRAINT products_price_check CHECK (price >= 0 AND price <> 'NaN'),
    CONSTRAINT products_cost_check CHECK (cost >= 0 AND cost <> 'NaN')
);
COMMENT ON TABLE staging.products IS 'One row per product.';
COMMENT ON COLUMN staging.products.price IS 'Current list price.';
COMMENT ON COLUMN staging.products.cost IS 'Current cost of one unit; NULL: not known.';

CREATE TABLE IF NOT EXISTS staging.orders (
    order_id text COLLATE "C" NOT NULL,
    customer_id text COLLATE "C",
    order_date timestamp NOT NULL,
    status text COLLATE "C" NOT NULL,
    total_amount numeric(14, 2) NOT NULL,
    order_day date GENERATED ALWAYS AS (order_date::date) STORED,
    load_id bigint,
    line_number bigint,
    CONSTRAINT orders_pkey PRIMARY KEY (order_id),
    CONSTRAINT orders_order_id_check CHECK (order_id <> ''),
    CONSTRAINT orders_order_date_check
    CHECK (order_date >= timestamp '1970-01-01' AND order_date < timestamp '2200-01-01'),
    CONSTRAINT orders_total_amount_check CHECK (total_amount >= 0 AND total_amount <> 'NaN'),
    CONSTRAINT orders_customer_id_fkey FOREIGN KEY (customer_id) REFERENCES staging.customers (customer_id)
);
COMMENT ON TABLE staging.orders IS 'One row per order.';
COMMENT ON COLUMN staging.orders.customer_id IS 'NULL: a guest order.';
COMMENT ON COLUMN staging.orders.order_date IS 'Local time of the shop.';
COMMENT ON COLUMN staging.orders.order_day IS 'The day of order_date.';
COMMENT ON COLUMN staging.orders.total_amount IS 'What the customer paid.';
CREATE INDEX IF NOT EXISTS orders_customer_id_idx ON staging.orders (customer_id);
CREATE INDEX IF NOT EXISTS orders_order_day_idx ON staging.orders (order_day);

CREATE TABLE IF NOT EXISTS staging.order_items (
    order_item_id text COLLATE "C" NOT NULL,
    order_id text COLLATE "C" NOT NULL,
    product_id text COLLATE "C" NOT NULL,
    quantity integer NOT NULL,
    unit_price numeric(14, 2) NOT NULL,
    total_amount numeric(14, 2) NOT NULL,
    load_id bigint,
    line_number bigint,
    CONSTRAINT order_items_pkey PRIMARY KEY (order_id, order_item_id),
    CONSTRAINT order_items_order_item_id_key UNIQUE (order_item_id),
    CONSTRAINT order_items_order_item_id_check CHECK (order_item_id <> ''),
    CONSTRAINT order_items_quantity_check CHECK (quantity > 0),
    CONSTRAINT order_items_unit_price_check CHECK (unit_price >= 0 AND unit_price <> 'NaN'),
    CONSTRAINT order_items_total_amount_check CHECK (total_amount >= 0 AND total_amount <> 'NaN'),
    CONSTRAINT order_items_order_id_fkey FOREIGN KEY (order_id) REFERENCES staging.orders (order_id),
    CONSTRAINT order_items_product_id_fkey FOREIGN KEY (product_id) REFERENCES staging.products (product_id)
);
COMMENT ON TABLE staging.order_items IS 'One row per line of an order.';
COMMENT ON COLUMN staging.order_items.unit_price IS 'Price of one unit in this order.';
COMMENT ON COLUMN staging.order_items.total_amount IS 'What was paid for the line.';
