CREATE OR REPLACE FUNCTION ops.is_forgotten(p_customer_id text, p_salt text)
RETURNS boolean
LANGUAGE sql
STABLE
AS $$
    -- Was the customer of this id forgotten? p_salt: that of ops.salt, which who calls has read.
    SELECT EXISTS (
        SELECT FROM ops.forgotten_customer AS f
        WHERE f.customer_hash = encode(sha256(convert_to(p_salt || p_customer_id, 'UTF8')), 'hex')
    )
$$;
