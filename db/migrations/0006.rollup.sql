-- Totals by customer and by day. Each table X holds what the view rollup.X_recounted returns; only rollup.apply_changes() and
-- rollup.rebuild() write it. The two dirty tables say which groups are due.

CREATE TABLE IF NOT EXISTS rollup.dirty_customer (
    customer_id text COLLATE "C" NOT NULL
);
COMMENT ON TABLE rollup.dirty_customer IS 'Marks: orders of this customer changed. Rows may repeat.';

CREATE TABLE IF NOT EXISTS rollup.dirty_day (
    sale_date date NOT NULL
);
COMMENT ON TABLE rollup.dirty_day IS 'Marks: orders of this day changed. Rows may repeat.';

CREATE TABLE IF NOT EXISTS rollup.customers (
    customer_id text COLLATE "C" NOT NULL,
    total_orders bigint NOT NULL,
    completed_orders bigint NOT NULL,
    total_revenue numeric(18, 2) NOT NULL,
    first_order_date date,
    last_order_date date,
    CONSTRAINT customers_pkey PRIMARY KEY (customer_id)
);
COMMENT ON TABLE rollup.customers IS 'One row per customer with an order. Guests are not in it.';
COMMENT ON COLUMN rollup.customers.total_orders IS 'Orders in any status.';
COMMENT ON COLUMN rollup.customers.completed_orders IS 'Orders that count as revenue.';
COMMENT ON COLUMN rollup.customers.total_revenue IS 'Revenue of the completed orders.';
COMMENT ON COLUMN rollup.customers.first_order_date IS 'Day of the first completed order.';
COMMENT ON COLUMN rollup.customers.last_order_date IS 'Day of the last completed order.';

CREATE TABLE IF NOT EXISTS rollup.days (
    sale_date date NOT NULL,
    total_orders bigint NOT NULL,
    completed_orders bigint NOT NULL,
    total_revenue numeric(18, 2) NOT NULL,
    guest_orders bigint NOT NULL,
    guest_completed_orders bigint NOT NULL,
    guest_revenue numeric(18, 2) NOT NULL,
    unique_customers bigint NOT NULL,
    CONSTRAINT days_pkey PRIMARY KEY (sale_date)
);
COMMENT ON TABLE rollup.days IS 'One row per day with an order.';
COMMENT ON COLUMN rollup.days.guest_orders IS 'Orders without a customer, in any status.';
COMMENT ON COLUMN rollup.days.unique_customers IS 'Customers with a completed order on the day; guests are not counted.';

CREATE TABLE IF NOT EXISTS rollup.product_days (
    sale_date date NOT NULL,
    product_id text COLLATE "C" NOT NULL,
    total_orders bigint NOT NULL,
    completed_orders bigint NOT NULL,
    quantity_sold bigint NOT NULL,
    total_revenue numeric(18, 2) NOT NULL,
    CONSTRAINT product_days_pkey PRIMARY KEY (sale_date, product_id)
);
COMMENT ON TABLE rollup.product_days IS 'One row per day and product that was ordered.';
COMMENT ON COLUMN rollup.product_days.total_orders IS 'Orders with the product, in any status.';
COMMENT ON COLUMN rollup.product_days.completed_orders IS 'Completed orders with the product.';
COMMENT ON COLUMN rollup.product_days.quantity_sold IS 'Units in completed orders.';
COMMENT ON COLUMN rollup.product_days.total_revenue IS 'Sum of the lines in completed orders.';
