CREATE OR REPLACE FUNCTION ops.is_address(p_value text)
RETURNS boolean
LANGUAGE sql
IMMUTABLE
AS $$
    -- Does p_value look like an e-mail address? What stands around the @ is not looked at further: a text that is none is then hidden, too.
    SELECT p_value ~ '^[^@\s]+@[^@\s]+$'
$$;
