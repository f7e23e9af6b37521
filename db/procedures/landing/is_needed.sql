CREATE OR REPLACE FUNCTION landing.is_needed(p_table text)
RETURNS boolean
LANGUAGE plpgsql
STABLE
AS $$
BEGIN
    -- Must a file of p_table go through landing, however plain its lines are? Yes when amounts may have to be converted, or when
    -- customers were forgotten: for orders, when those had addresses for ids.
    RETURN staging.has_conversions(p_table)
        OR p_table = 'customers' AND EXISTS (SELECT FROM ops.forgotten_customer)
        OR p_table = 'orders' AND EXISTS (SELECT FROM ops.forgotten_customer AS f WHERE f.new_id IS NOT NULL);
END
$$;
