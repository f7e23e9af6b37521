CREATE OR REPLACE PROCEDURE rollup.draw_audit()
LANGUAGE plpgsql
AS $$
DECLARE
    v_sample config.expectation;
    v_day date;
    v_orders bigint;
    v_customer text;
    v_hash integer := (random() * 4294967295 - 2147483648)::integer;
    v_is_light boolean;
BEGIN
    -- Draws what the assertions of this refresh hold against staging: all days that changed since the last publish, and a few
    -- days, customers and pairs of products at random, among them some that may have no order any more, and days of orders that
    -- the rollups may not know: every other time it is the next day with an order after the one that was drawn. Then counts the
    -- random ones again, in all rollups. When nothing changed that a view reads, be it a rollup written by hand, nothing is
    -- published, and only days, their hours and rollups by customer are counted, for an eighth as many customers: such a refresh
    -- stays cheap, however many orders a day has.
    SELECT * INTO STRICT v_sample FROM config.expectation;
    v_is_light := NOT EXISTS (SELECT FROM ops.changed_relation) AND NOT EXISTS (SELECT FROM rollup.changed);
    IF v_is_light THEN
        v_sample.audited_customers := (v_sample.audited_customers + 7) / 8;
    END IF;
    DELETE FROM rollup.audited;

    INSERT INTO rollup.audited (sale_date, is_sample)
    SELECT DISTINCT
        d.sale_date,
        false
    FROM rollup.days AS d
    INNER JOIN rollup.changed AS c ON c.customer_id IS NULL AND d.sale_date = coalesce(c.sale_date, d.sale_date);
    DELETE FROM rollup.changed;

    INSERT INTO rollup.audited (sale_date, is_sample)
    SELECT
        CASE
            WHEN random() < 0.5 OR NOT isfinite(k.sale_date)
                THEN coalesce((SELECT min(o.order_day) FROM staging.orders AS o WHERE o.order_day > k.sale_date), k.sale_date)
            ELSE k.sale_date
        END,
        true
    FROM (
        SELECT u.sale_date
        FROM (SELECT d.sale_date FROM rollup.days AS d UNION ALL VALUES (date '-infinity')) AS u
        ORDER BY random()
        LIMIT v_sample.audited_days
    ) AS k;

    SELECT d.sale_date, d.total_orders - d.guest_orders
    INTO v_day, v_orders
    FROM rollup.days AS d
    ORDER BY random()
    LIMIT 1;
    SELECT o.customer_id
    INTO v_customer
    FROM staging.orders AS o
    WHERE o.order_day = v_day AND o.customer_id IS NOT NULL
    OFFSET trunc(random() * least(v_orders, 100))
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
    IF NOT v_is_light THEN
        INSERT INTO rollup.audited (pair_hash, is_sample)
        SELECT
            u.pair_hash,
            true
        FROM (
            (SELECT d.pair_hash FROM rollup.pair_days AS d WHERE d.sale_date = v_day LIMIT v_sample.audited_customers)
            UNION
            (
                SELECT p.pair_hash
                FROM rollup.pairs AS p
                WHERE p.pair_hash >= v_hash
                ORDER BY p.pair_hash
                LIMIT v_sample.audited_customers
            )
        ) AS u;
    END IF;
    CALL ops.analyze_table('rollup.audited');

    DELETE FROM rollup.audit_difference;
    CALL rollup.audit_groups(CASE WHEN v_is_light THEN ARRAY['day%', 'customer%'] ELSE ARRAY['%'] END);
END
$$;
