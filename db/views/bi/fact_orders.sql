CREATE VIEW bi.fact_orders AS
WITH

-- Each join is to a unique key and from the left, so that PostgreSQL leaves it out when nobody asks for its columns.
orders AS (
    SELECT
        o.order_id,
        o.order_day,
        o.customer_id,
        o.order_date,
        o.status,
        o.total_amount,
        o.discount_amount,
        o.tax_amount,
        o.shipping_amount,
        o.refunded_amount,
        o.refunded_at,
        o.currency,
        o.original_amount,
        o.exchange_rate,
        c.first_order_date,
        coalesce(t.is_revenue, false) AS is_revenue
    FROM staging.orders AS o
    LEFT JOIN config.order_status AS t ON o.status = t.status
    LEFT JOIN rollup.customers AS c ON o.customer_id = c.customer_id
)

SELECT
    o.order_id,
    o.order_day AS order_date,
    o.customer_id,
    o.order_date AS ordered_at,
    extract(HOUR FROM o.order_date)::integer AS order_hour,
    o.status,
    o.is_revenue,
    o.customer_id IS NULL AS is_guest,
    CASE
        WHEN o.customer_id IS NOT NULL THEN o.is_revenue AND o.order_day = coalesce(o.first_order_date, o.order_day)
    END AS is_new_customer,
    o.total_amount,
    o.discount_amount,
    o.tax_amount,
    o.shipping_amount,
    o.refunded_amount,
    CASE WHEN o.refunded_amount > 0 THEN greatest(o.refunded_at::date, o.order_day) END AS refund_date,
    CASE WHEN o.is_revenue THEN o.total_amount ELSE 0 END::numeric(14, 2) AS revenue,
    CASE
        WHEN o.is_revenue THEN o.total_amount + o.discount_amount - o.tax_amount - o.shipping_amount
        ELSE 0
    END::numeric(18, 2) AS gross_sales,
    CASE
        WHEN o.is_revenue THEN o.total_amount - o.tax_amount - o.shipping_amount - o.refunded_amount
        ELSE 0
    END::numeric(18, 2) AS net_sales,
    o.currency AS paid_currency,
    o.original_amount AS paid_amount,
    o.exchange_rate
FROM orders AS o;

COMMENT ON VIEW bi.fact_orders IS
'One row per order in any status, as loaded so far: orders that came after the last refresh are here, but not in other views.';
COMMENT ON COLUMN bi.fact_orders.order_id IS 'Key. Referred to by fact_order_items.order_id.';
COMMENT ON COLUMN bi.fact_orders.order_date IS 'Day of the order, the shop''s local time. Refers to dim_date.calendar_date.';
COMMENT ON COLUMN bi.fact_orders.customer_id IS 'Who ordered; NULL: a guest. Refers to dim_customer.customer_id.';
COMMENT ON COLUMN bi.fact_orders.ordered_at IS 'Moment of the order, the shop''s local time.';
COMMENT ON COLUMN bi.fact_orders.order_hour IS '0 to 23, of ordered_at.';
COMMENT ON COLUMN bi.fact_orders.status IS 'Status as the shop''s file gives it.';
COMMENT ON COLUMN bi.fact_orders.is_revenue IS 'Whether the order counts as revenue: config.order_status marks its status so.';
COMMENT ON COLUMN bi.fact_orders.is_guest IS 'Whether nobody is known to have ordered.';
COMMENT ON COLUMN bi.fact_orders.is_new_customer IS
'Whether it counts as revenue and is of the day of its customer''s first such order, as in daily_sales; of who had not bought '
'yet at the last refresh every day counts as the first until the next. NULL: a guest.';
COMMENT ON COLUMN bi.fact_orders.total_amount IS
'What was paid or is to be paid, whatever the status. To sum up revenue take the column revenue.';
COMMENT ON COLUMN bi.fact_orders.discount_amount IS 'What was taken off the prices; 0: nothing, or the file does not say.';
COMMENT ON COLUMN bi.fact_orders.tax_amount IS 'Tax within total_amount.';
COMMENT ON COLUMN bi.fact_orders.shipping_amount IS 'Shipping within total_amount.';
COMMENT ON COLUMN bi.fact_orders.refunded_amount IS 'What was paid back.';
COMMENT ON COLUMN bi.fact_orders.refund_date IS
'Day on which it was paid back, as in daily_sales.refunds_paid: the order''s day, where none or an earlier one is told; NULL: '
'nothing was. May refer to dim_date.calendar_date as a second, inactive relation.';
COMMENT ON COLUMN bi.fact_orders.revenue IS
'total_amount of an order that counts as revenue, else 0. Sums up to total_revenue of the other views.';
COMMENT ON COLUMN bi.fact_orders.gross_sales IS
'Goods before discounts, without tax and shipping, of an order that counts as revenue, else 0.';
COMMENT ON COLUMN bi.fact_orders.net_sales IS
'Goods that stayed sold: gross_sales - discount_amount - refunded_amount; 0 for an order that does not count.';
COMMENT ON COLUMN bi.fact_orders.paid_currency IS
'Currency that the order was paid in; NULL: the shop''s own, nothing was converted.';
COMMENT ON COLUMN bi.fact_orders.paid_amount IS 'total_amount in paid_currency.';
COMMENT ON COLUMN bi.fact_orders.exchange_rate IS 'One unit of paid_currency in the shop''s currency.';
