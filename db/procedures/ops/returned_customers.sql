CREATE OR REPLACE FUNCTION ops.returned_customers()
RETURNS SETOF text
LANGUAGE sql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    -- Returns the ids of customers who were forgotten and are known again, as after a restore of an older backup: those of
    -- ops.forgotten_customer who have a name or an address. For the owner, who reads ops.salt.
    SELECT c.customer_id
    FROM staging.customers AS c CROSS JOIN ops.salt AS s
    WHERE
        (ops.is_address(c.customer_id) OR (c.first_name, c.last_name, c.email) IS DISTINCT FROM ('Forgotten', NULL, NULL))
        AND (
            ops.is_forgotten(c.customer_id, s.salt)
            OR ops.is_address(c.customer_id) AND ops.is_forgotten(ops.pseudonym(c.customer_id), s.salt)
        )
    ORDER BY c.customer_id
$$;
