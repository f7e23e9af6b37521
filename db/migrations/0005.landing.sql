-- Where COPY puts the files. Every column is text here; config.input_column says what each must become.

CREATE TABLE IF NOT EXISTS config.input_column (
    table_name text COLLATE "C" NOT NULL,
    column_name text COLLATE "C" NOT NULL,
    column_position integer NOT NULL,
    kind text COLLATE "C" NOT NULL,
    is_required boolean NOT NULL,
    is_key boolean NOT NULL DEFAULT false,
    parent_table text COLLATE "C",
    CONSTRAINT input_column_pkey PRIMARY KEY (table_name, column_name),
    CONSTRAINT input_column_column_position_key UNIQUE (table_name, column_position),
    CONSTRAINT input_column_kind_check
    CHECK (kind IN ('id', 'text', 'status', 'money', 'quantity', 'date', 'timestamp')),
    CONSTRAINT input_column_is_key_check CHECK (NOT is_key OR is_required)
);
COMMENT ON TABLE config.input_column IS 'One row per column of an input file: the contract that the loader checks files against.';
COMMENT ON COLUMN config.input_column.table_name IS 'Table in landing and in staging, and the name of the file without .csv.';
COMMENT ON COLUMN config.input_column.column_name IS 'Column in landing, in staging and in the header of the file.';
COMMENT ON COLUMN config.input_column.column_position IS 'Order in which faults of a row are looked for.';
COMMENT ON COLUMN config.input_column.kind IS 'What a value must be.';
COMMENT ON COLUMN config.input_column.is_required IS 'An empty value is refused.';
COMMENT ON COLUMN config.input_column.is_key IS 'Identifies the row within the file and in staging.';
COMMENT ON COLUMN config.input_column.parent_table IS 'The value must be the key of a row in this table of staging.';

INSERT INTO config.input_column (table_name, column_name, column_position, kind, is_required, is_key, parent_table)
VALUES
('customers', 'customer_id', 1, 'id', true, true, NULL),
('customers', 'first_name', 2, 'text', false, false, NULL),
('customers', 'last_name', 3, 'text', false, false, NULL),
('customers', 'email', 4, 'text', false, false, NULL),
('customers', 'customer_segment', 5, 'text', false, false, NULL),
('customers', 'country', 6, 'text', false, false, NULL),
('customers', 'registration_date', 7, 'date', false, false, NULL),
('products', 'product_id', 1, 'id', true, true, NULL),
('products', 'product_name', 2, 'text', false, false, NULL),
('products', 'category', 3, 'text', false, false, NULL),
('products', 'price', 4, 'money', true, false, NULL),
('products', 'cost', 5, 'money', false, false, NULL),
('orders', 'order_id', 1, 'id', true, true, NULL),
('orders', 'customer_id', 2, 'id', false, false, 'customers'),
('orders', 'order_date', 3, 'timestamp', true, false, NULL),
('orders', 'status', 4, 'status', true, false, NULL),
('orders', 'total_amount', 5, 'money', true, false, NULL),
('order_items', 'order_item_id', 1, 'id', true, true, NULL),
('order_items', 'order_id', 2, 'id', true, false, 'orders'),
('order_items', 'product_id', 3, 'id', true, false, 'products'),
('order_items', 'quantity', 4, 'quantity', true, false, NULL),
('order_items', 'unit_price', 5, 'money', true, false, NULL),
('order_items', 'total_amount', 6, 'money', true, false, NULL)
ON CONFLICT DO NOTHING;

CREATE UNLOGGED TABLE IF NOT EXISTS landing.customers (
    line_number bigint NOT NULL,
    raw_text text NOT NULL,
    fault text,
    customer_id text COLLATE "C",
    first_name text,
    last_name text,
    email text,
    customer_segment text,
    country text,
    registration_date text
);
COMMENT ON TABLE landing.customers IS 'One row per row of customers.csv, while it is loaded.';

CREATE UNLOGGED TABLE IF NOT EXISTS landing.products (
    line_number bigint NOT NULL,
    raw_text text NOT NULL,
    fault text,
    product_id text COLLATE "C",
    product_name text,
    category text,
    price text,
    cost text
);
COMMENT ON TABLE landing.products IS 'One row per row of products.csv, while it is loaded.';

CREATE UNLOGGED TABLE IF NOT EXISTS landing.orders (
    line_number bigint NOT NULL,
    raw_text text NOT NULL,
    fault text,
    order_id text COLLATE "C",
    customer_id text COLLATE "C",
    order_date text,
    status text COLLATE "C",
    total_amount text
);
COMMENT ON TABLE landing.orders IS 'One row per row of orders.csv, while it is loaded.';

CREATE UNLOGGED TABLE IF NOT EXISTS landing.order_items (
    line_number bigint NOT NULL,
    raw_text text NOT NULL,
    fault text,
    order_item_id text COLLATE "C",
    order_id text COLLATE "C",
    product_id text COLLATE "C",
    quantity text,
    unit_price text,
    total_amount text
);
COMMENT ON TABLE landing.order_items IS 'One row per row of order_items.csv, while it is loaded.';
