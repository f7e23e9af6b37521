CREATE OR REPLACE PROCEDURE rollup.draw_audit()
LANGUAGE plpgsql
AS $$
DECLARE
    v_sample config.expectation;
    v_day date;
    v_customer text;
    v_customers text[];
    v_days date[];
    v_tables integer;
BEGIN
    -- Draws what the assertions of this refresh hold against staging: all days that changed since the last publish, and a few
    -- days and customers at random, among the customers some who may have no order any more. Then counts the random ones again,
    -- in all rollups or, when nothing changed, a quarter of the customers and one rollup of each kind: such a refresh stays cheap.
    SELECT * INTO STRICT v_sample FROM config.expectation;
    DELETE FROM rollup.audited;

    INSERT INTO rollup.audited (sale_date, is_sample)
    SELECT DISTINCT
        d.sale_date,
        false
    FROM rollup.days AS d
    INNER JOIN rollup.changed AS c ON c.customer_id IS NULL AND d.sale_date = coalesce(c.sale_date, d.sale_date);
    IF NOT EXISTS (SELECT FROM rollup.changed) THEN
        v_tables := 1;
        v_sample.audited_customers := (v_sample.audited_customers + 3) / 4;
    END IF;
    DELETE FROM rollup.changed;

    INSERT INTO rollup.audited (sale_date, is_sample)
    SELECT
        d.sale_date,
        true
    FROM rollup.days AS d
    ORDER BY random()
    LIMIT v_sample.audited_days;

    SELECT d.sale_date INTO v_day FROM rollup.days AS d ORDER BY random() LIMIT 1;
    SELECT o.customer_id
    INTO v_customer
    FROM staging.orders AS o
    WHERE o.order_day = v_day AND o.customer_id IS NOT NULL
    ORDER BY random()
    LIMIT 1;

    INSERT INTO rollup.audited (customer_id, is_sample)
    SELECT
        u.customer_id,
        true
    FROM (
        (
            SELECT o.customer_id
            FROM staging.orders AS o
            WHERE o.order_day = v_day AND o.customer_id IS NOT NULL
            LIMIT v_sample.audited_customers
        )
        UNION
        (
            SELECT c.customer_id
            FROM rollup.customers AS c
            WHERE c.customer_id >= v_customer
            ORDER BY c.customer_id
            LIMIT v_sample.audited_customers
        )
    ) AS u;
    CALL ops.analyze_table('rollup.audited');

    DELETE FROM rollup.audit_difference;
    SELECT
        array_agg(a.customer_id) FILTER (WHERE a.customer_id IS NOT NULL),
        array_agg(a.sale_date) FILTER (WHERE a.sale_date IS NOT NULL)
    INTO v_customers, v_days
    FROM rollup.audited AS a
    WHERE a.is_sample;
    CALL rollup.audit_groups('customer_id', v_customers, v_tables);
    CALL rollup.audit_groups('sale_date', v_days, v_tables);
END
$$;
