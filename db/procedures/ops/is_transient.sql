CREATE OR REPLACE FUNCTION ops.is_transient(p_state text)
RETURNS boolean
LANGUAGE sql
IMMUTABLE
AS $$
    -- Is this SQLSTATE worth another try? Serialization failure, deadlock, lock timeout.
    SELECT p_state IN ('40001', '40P01', '55P03')
$$;
