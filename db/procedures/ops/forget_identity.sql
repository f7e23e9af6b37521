CREATE OR REPLACE PROCEDURE ops.forget_identity(p_customer_id text)
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_customer staging.customers;
    v_texts bigint;
BEGIN
    -- The part of ops.forget_customer() that is one transaction: all but what is published. Holds up loads until it ends. Says so
    -- in ops.audit, where there is one.
    PERFORM pg_advisory_xact_lock(ops.lock_key('data'));
    SELECT * INTO v_customer FROM staging.customers AS c WHERE c.customer_id = p_customer_id;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'no_data_found',
            MESSAGE = format('staging.customers has no customer %L', p_customer_id),
            HINT = 'Ids are compared letter by letter: see staging.customers.customer_id.';
    END IF;

    INSERT INTO ops.forgotten_customer (customer_hash)
    SELECT encode(sha256(convert_to(s.salt || p_customer_id, 'UTF8')), 'hex')
    FROM ops.salt AS s
    ON CONFLICT DO NOTHING;
    UPDATE staging.customers
    SET
        first_name = 'Forgotten',
        last_name = NULL,
        email = NULL
    WHERE customer_id = p_customer_id;
    v_texts := ops.forget_statuses(v_customer) + ops.forget_rows(v_customer) + ops.forget_texts(v_customer);

    IF to_regclass('ops.audit') IS NOT NULL THEN
        EXECUTE 'INSERT INTO ops.audit (kind, object_name, action, row_count) VALUES (''operation'', $1, ''forget customer'', $2)'
        USING format('staging.customers %s', p_customer_id), v_texts;
    END IF;
    RAISE NOTICE 'customer %: forgotten, with % rows and messages of the log', p_customer_id, v_texts;
END
$$;
