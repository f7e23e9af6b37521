CREATE OR REPLACE FUNCTION ops.pseudonym(p_value text)
RETURNS text
LANGUAGE sql
STABLE
AS $$
    -- Returns the pseudonym of a value; see ops.pseudonym_of().
    SELECT ops.pseudonym_of(p_value, p.inner_pad, p.outer_pad)
    FROM ops.pseudonym_pads() AS p
$$;
