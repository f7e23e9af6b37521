CREATE OR REPLACE PROCEDURE ops.forget_identity(p_customer_id text)
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_customer staging.customers;
    v_new_id text;
    v_texts bigint;
BEGIN
    -- The part of ops.forget_customer() that is one transaction: all but what is published. Holds up loads until it ends. An id that is
    -- an address becomes another, by chance, everywhere in staging; who was forgotten before keeps that. An address that is no
    -- id means the customer whose id is its pseudonym. Says so in ops.audit, where there is one.
    PERFORM pg_advisory_xact_lock(ops.lock_key('data'));
    SELECT * INTO v_customer
    FROM staging.customers AS c
    WHERE c.customer_id IN (p_customer_id, ops.pseudonym(p_customer_id))
    ORDER BY c.customer_id = p_customer_id DESC
    LIMIT 1;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'no_data_found',
            MESSAGE = format('staging.customers has no customer %L', p_customer_id),
            HINT = 'Ids are compared letter by letter: see staging.customers.customer_id.';
    END IF;

    IF ops.is_address(v_customer.customer_id) THEN
        v_new_id := 'F' || left(replace(gen_random_uuid()::text, '-', ''), 20);
    END IF;
    INSERT INTO ops.forgotten_customer AS f (customer_hash, new_id)
    SELECT
        encode(sha256(convert_to(s.salt || v_customer.customer_id, 'UTF8')), 'hex'),
        v_new_id
    FROM ops.salt AS s
    ON CONFLICT (customer_hash) DO UPDATE SET new_id = coalesce(f.new_id, excluded.new_id)
    RETURNING f.new_id INTO v_new_id;
    UPDATE staging.customers
    SET
        first_name = 'Forgotten',
        last_name = NULL,
        email = NULL
    WHERE customer_id = v_customer.customer_id;
    v_texts := ops.forget_statuses(v_customer) + ops.forget_rows(v_customer);
    v_new_id := coalesce(v_new_id, v_customer.customer_id);
    IF v_new_id <> v_customer.customer_id THEN
        CALL staging.move_customer(v_customer.customer_id, v_new_id);
    END IF;
    -- Last, because the audit has this very call by now.
    IF ops.is_address(p_customer_id) THEN
        v_customer.email := coalesce(v_customer.email, p_customer_id);
    END IF;
    v_texts := v_texts + ops.forget_texts(v_customer);

    IF to_regclass('ops.audit') IS NOT NULL THEN
        EXECUTE 'INSERT INTO ops.audit (kind, object_name, action, row_count) VALUES (''operation'', $1, ''forget customer'', $2)'
        USING format('staging.customers %s', v_new_id), v_texts;
    END IF;
    RAISE NOTICE 'customer %: forgotten, with % rows and messages of the log', v_new_id, v_texts;
END
$$;
