CREATE OR REPLACE PROCEDURE predict.hold_out_last_orders()
LANGUAGE plpgsql
SET work_mem = '256MB'
SET jit = off
AS $$
DECLARE
    v_customers text[];
BEGIN
    -- Fills predict.held_out with the products of the last completed order, up to config.clock.as_of, of customers who came back.
    -- Which customers is drawn by a hash of the key, so that the same shop gives the same figure.
    SELECT array_agg(d.customer_id)
    INTO v_customers
    FROM (
        SELECT p.customer_id
        FROM rollup.customer_purchases AS p
        WHERE p.repeat_days > 0
        ORDER BY hashtextextended(p.customer_id, 0), p.customer_id
        LIMIT (SELECT s.test_customers FROM config.recommendation AS s)
    ) AS d;

    TRUNCATE predict.held_out;
    INSERT INTO predict.held_out (customer_id, product_id)
    SELECT DISTINCT
        l.customer_id,
        i.product_id
    FROM (
        SELECT DISTINCT ON (o.customer_id)
            o.customer_id,
            o.order_id
        FROM unnest(v_customers) AS u (customer_id)
        INNER JOIN staging.orders AS o ON u.customer_id COLLATE "C" = o.customer_id
        INNER JOIN config.order_status AS t ON o.status = t.status
        CROSS JOIN config.clock AS k
        WHERE t.is_revenue AND o.order_day <= k.as_of
        ORDER BY o.customer_id, o.order_date DESC, o.order_id DESC
    ) AS l
    INNER JOIN staging.order_items AS i ON l.order_id = i.order_id;
    CALL ops.analyze_table('predict.held_out');
END
$$;
