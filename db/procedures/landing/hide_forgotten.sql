CREATE OR REPLACE PROCEDURE landing.hide_forgotten()
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- Takes name and e-mail address out of those rows of landing.customers whose customers ops.forget_customer() has forgotten,
    -- before they are compared with staging, where they then are already; an id that was an address becomes the one that stands for
    -- it. While nobody is forgotten it costs nothing, later one hash a row. With its owner's rights, because nobody else reads
    -- ops.salt.
    IF NOT EXISTS (SELECT FROM ops.forgotten_customer) THEN
        RETURN;
    END IF;
    UPDATE landing.customers AS l
    SET
        customer_id = coalesce(f.new_id, l.customer_id),
        first_name = 'Forgotten',
        last_name = NULL,
        email = NULL
    FROM ops.salt AS s, ops.forgotten_customer AS f
    WHERE f.customer_hash = encode(sha256(convert_to(s.salt || l.customer_id, 'UTF8')), 'hex');

    -- Whose address was the id when they were forgotten, and is not any more.
    UPDATE landing.customers AS l
    SET
        first_name = 'Forgotten',
        last_name = NULL,
        email = NULL
    FROM ops.salt AS s, ops.forgotten_customer AS f
    WHERE f.customer_hash = encode(sha256(convert_to(s.salt || l.email, 'UTF8')), 'hex');
END
$$;

REVOKE ALL ON PROCEDURE landing.hide_forgotten() FROM public;
