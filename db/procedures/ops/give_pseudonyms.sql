CREATE OR REPLACE PROCEDURE ops.give_pseudonyms()
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_count bigint;
BEGIN
    -- Gives all customers whose ids are e-mail addresses the pseudonyms of those for ids, with their orders, as a mapping with
    -- "pseudonym = true" does when it loads them; ids that differ by capitals alone become one customer. Who was forgotten stays so.
    -- Holds up loads until it ends; what is published follows at the next refresh. For the owner.
    PERFORM pg_advisory_xact_lock(ops.lock_key('data'));
    INSERT INTO ops.forgotten_customer (customer_hash)
    SELECT DISTINCT encode(sha256(convert_to(s.salt || ops.pseudonym(c.customer_id), 'UTF8')), 'hex')
    FROM staging.customers AS c CROSS JOIN ops.salt AS s
    WHERE ops.is_address(c.customer_id) AND ops.is_forgotten(c.customer_id, s.salt)
    ON CONFLICT DO NOTHING;

    -- In one statement, so that keys hold at its end.
    WITH

    ranked AS (
        SELECT
            c.customer_id,
            n.new_id,
            row_number() OVER (PARTITION BY n.new_id ORDER BY c.customer_id) AS place
        FROM staging.customers AS c
        CROSS JOIN ops.pseudonym_pads() AS p
        CROSS JOIN LATERAL ops.pseudonym_of(c.customer_id, p.inner_pad, p.outer_pad) AS n (new_id)
        WHERE ops.is_address(c.customer_id)
    ),

    moved AS (
        UPDATE staging.orders AS o SET customer_id = r.new_id FROM ranked AS r WHERE o.customer_id = r.customer_id
    )

    UPDATE staging.customers AS c
    SET customer_id = r.new_id
    FROM ranked AS r
    WHERE
        c.customer_id = r.customer_id
        AND r.place = 1
        AND NOT EXISTS (SELECT FROM staging.customers AS n WHERE n.customer_id = r.new_id);
    GET DIAGNOSTICS v_count = ROW_COUNT;
    DELETE FROM staging.customers AS c WHERE ops.is_address(c.customer_id);
    RAISE NOTICE '% customers have pseudonyms for ids now', v_count;
END
$$;

COMMENT ON PROCEDURE ops.give_pseudonyms () IS 'Gives customers whose ids are e-mail addresses pseudonyms for ids.';
