CREATE OR REPLACE FUNCTION ops.address_pattern(p_customer staging.customers)
RETURNS text
LANGUAGE sql
IMMUTABLE
AS $$
    -- Returns a regular expression for the addresses of a customer in a text of lower case: the e-mail address, and the id when it is
    -- one; NULL when there is none.
    SELECT string_agg(ops.pattern_of(lower(a.address), false), '|')
    FROM unnest(ARRAY[p_customer.email, CASE WHEN ops.is_address(p_customer.customer_id) THEN p_customer.customer_id END]) AS a (address)
$$;
