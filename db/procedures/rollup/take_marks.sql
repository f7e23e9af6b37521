CREATE OR REPLACE FUNCTION rollup.take_marks(OUT customers text[], OUT days date[], OUT is_everything boolean)
LANGUAGE plpgsql
SET plan_cache_mode = force_custom_plan
AS $$
DECLARE
    v_orders text[];
    v_statuses text[];
    v_products text[];
    v_priced text[];
    v_starts date[];
    v_ends date[];
BEGIN
    -- Takes the marks and returns the customers and days that are due because of them, each once; NULL: none. The caller holds
    -- the lock "data", so what the marks stand for is looked up when nobody can count it differently any more.
    WITH taken AS (
        DELETE FROM rollup.dirty
        RETURNING customer_id, sale_date, order_id, status, product_id, span_start, span_end
    )

    SELECT
        array_agg(DISTINCT t.customer_id) FILTER (WHERE t.customer_id IS NOT NULL),
        array_agg(DISTINCT t.sale_date) FILTER (WHERE t.sale_date IS NOT NULL),
        array_agg(DISTINCT t.order_id) FILTER (WHERE t.order_id IS NOT NULL),
        array_agg(DISTINCT t.status) FILTER (WHERE t.status IS NOT NULL),
        array_agg(DISTINCT t.product_id) FILTER (WHERE t.product_id IS NOT NULL AND t.span_start IS NULL),
        array_agg(t.product_id) FILTER (WHERE t.span_start IS NOT NULL),
        array_agg(t.span_start) FILTER (WHERE t.span_start IS NOT NULL),
        array_agg(t.span_end) FILTER (WHERE t.span_start IS NOT NULL),
        coalesce(bool_or(num_nonnulls(t.customer_id, t.sale_date, t.order_id, t.status, t.product_id) = 0), false)
    INTO customers, days, v_orders, v_statuses, v_products, v_priced, v_starts, v_ends, is_everything
    FROM taken AS t;
    IF is_everything THEN
        RETURN;
    END IF;

    IF v_orders IS NOT NULL THEN
        SELECT
            array_agg(DISTINCT o.customer_id) FILTER (WHERE o.customer_id IS NOT NULL) || customers,
            array_agg(DISTINCT o.order_day) || days
        INTO customers, days
        FROM staging.orders AS o
        WHERE o.order_id = ANY (v_orders);
    END IF;
    IF v_statuses IS NOT NULL THEN
        SELECT
            array_agg(DISTINCT o.customer_id) FILTER (WHERE o.customer_id IS NOT NULL) || customers,
            array_agg(DISTINCT o.order_day) || days
        INTO customers, days
        FROM staging.orders AS o
        WHERE o.status = ANY (v_statuses);

        SELECT array_agg(DISTINCT greatest(o.refunded_at::date, o.order_day)) || days
        INTO days
        FROM staging.orders AS o
        WHERE o.status = ANY (v_statuses) AND o.refunded_amount > 0;
    END IF;
    IF v_products IS NOT NULL THEN
        SELECT array_agg(DISTINCT c.customer_id) || customers
        INTO customers
        FROM rollup.customer_products AS c
        WHERE c.product_id = ANY (v_products);

        SELECT array_agg(DISTINCT d.sale_date) || days
        INTO days
        FROM rollup.product_days AS d
        WHERE d.product_id = ANY (v_products);
    END IF;
    IF v_priced IS NOT NULL THEN
        SELECT array_agg(DISTINCT d.sale_date) || days
        INTO days
        FROM unnest(v_priced, v_starts, v_ends) AS p (product_id, span_start, span_end)
        INNER JOIN rollup.product_days AS d
            ON p.product_id = d.product_id AND p.span_start <= d.sale_date AND p.span_end > d.sale_date
        WHERE d.sale_date >= (SELECT min(s.span_start) FROM unnest(v_starts) AS s (span_start));
    END IF;

    SELECT array_agg(DISTINCT c.customer_id) INTO customers FROM unnest(customers) AS c (customer_id);
    SELECT array_agg(DISTINCT d.sale_date) INTO days FROM unnest(days) AS d (sale_date);
END
$$;
