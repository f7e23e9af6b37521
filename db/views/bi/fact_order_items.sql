CREATE VIEW bi.fact_order_items AS
WITH

-- Joins from the left to a unique key are left out by PostgreSQL when nobody asks for their columns.
items AS (
    SELECT
        i.order_item_id,
        i.order_id,
        i.product_id,
        i.quantity,
        i.unit_price,
        i.total_amount,
        i.original_unit_price,
        i.original_amount,
        o.order_day,
        o.customer_id,
        o.status,
        c.first_order_date,
        h.cost AS unit_cost,
        coalesce(t.is_revenue, false) AS is_revenue
    FROM staging.order_items AS i
    INNER JOIN staging.orders AS o ON i.order_id = o.order_id
    LEFT JOIN config.order_status AS t ON o.status = t.status
    LEFT JOIN rollup.customers AS c ON o.customer_id = c.customer_id
    LEFT JOIN staging.product_prices AS h
        ON
            i.product_id = h.product_id
            AND o.order_day >= h.valid_from
            AND (o.order_day < h.valid_to OR h.valid_to IS NULL)
)

SELECT
    i.order_item_id,
    i.order_id,
    i.product_id,
    i.order_day AS order_date,
    i.customer_id,
    i.status,
    i.is_revenue,
    i.customer_id IS NULL AS is_guest,
    CASE
        WHEN i.customer_id IS NOT NULL THEN i.is_revenue AND i.order_day = coalesce(i.first_order_date, i.order_day)
    END AS is_new_customer,
    i.quantity,
    i.unit_price,
    i.total_amount,
    CASE WHEN i.is_revenue THEN i.quantity ELSE 0 END AS quantity_sold,
    CASE WHEN i.is_revenue THEN i.total_amount ELSE 0 END::numeric(14, 2) AS revenue,
    i.unit_cost,
    CASE WHEN i.is_revenue THEN i.quantity * i.unit_cost ELSE 0 END::numeric(24, 2) AS total_cost,
    CASE WHEN i.is_revenue THEN i.total_amount - i.quantity * i.unit_cost ELSE 0 END::numeric(24, 2) AS margin_amount,
    i.original_unit_price AS paid_unit_price,
    i.original_amount AS paid_amount
FROM items AS i;

COMMENT ON VIEW bi.fact_order_items IS
'One row per line of an order in any status, as loaded so far, with the keys of its order, customer, product and day.';
COMMENT ON COLUMN bi.fact_order_items.order_item_id IS 'Key.';
COMMENT ON COLUMN bi.fact_order_items.order_id IS 'Refers to fact_orders.order_id.';
COMMENT ON COLUMN bi.fact_order_items.product_id IS 'Refers to dim_product.product_id.';
COMMENT ON COLUMN bi.fact_order_items.order_date IS 'Day of the order, the shop''s local time. Refers to dim_date.calendar_date.';
COMMENT ON COLUMN bi.fact_order_items.customer_id IS 'Who ordered; NULL: a guest. Refers to dim_customer.customer_id.';
COMMENT ON COLUMN bi.fact_order_items.status IS 'Status of the order.';
COMMENT ON COLUMN bi.fact_order_items.is_revenue IS 'Whether the order counts as revenue.';
COMMENT ON COLUMN bi.fact_order_items.is_guest IS 'Whether nobody is known to have ordered.';
COMMENT ON COLUMN bi.fact_order_items.is_new_customer IS 'Whether the order is of a new customer, as in fact_orders.';
COMMENT ON COLUMN bi.fact_order_items.quantity IS
'Units, whatever the status. To sum up units sold take the column quantity_sold.';
COMMENT ON COLUMN bi.fact_order_items.unit_price IS 'Price of one unit in this order.';
COMMENT ON COLUMN bi.fact_order_items.total_amount IS
'What was paid for the line, whatever the status. To sum up revenue take the column revenue.';
COMMENT ON COLUMN bi.fact_order_items.quantity_sold IS 'quantity in an order that counts as revenue, else 0.';
COMMENT ON COLUMN bi.fact_order_items.revenue IS
'total_amount in an order that counts as revenue, else 0. Orders may hold shipping and tax that no line has.';
COMMENT ON COLUMN bi.fact_order_items.unit_cost IS 'Cost of one unit on the day of the order; NULL when not known.';
COMMENT ON COLUMN bi.fact_order_items.total_cost IS
'quantity × unit_cost in an order that counts as revenue, else 0; NULL when the cost is not known.';
COMMENT ON COLUMN bi.fact_order_items.margin_amount IS 'revenue - total_cost; NULL when the cost is not known.';
COMMENT ON COLUMN bi.fact_order_items.paid_unit_price IS
'unit_price in paid_currency of the order; NULL: the shop''s own currency.';
COMMENT ON COLUMN bi.fact_order_items.paid_amount IS
'total_amount in paid_currency of the order; NULL: the shop''s own currency.';
