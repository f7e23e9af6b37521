CREATE OR REPLACE FUNCTION predict.dot(p_one double precision[], p_other double precision[])
RETURNS double precision
LANGUAGE plpgsql
IMMUTABLE STRICT PARALLEL SAFE
AS $$
DECLARE
    v_sum double precision := 0;
BEGIN
    -- Returns the sum of the products of two vectors.
    FOR i IN 1..cardinality(p_one) LOOP
        v_sum := v_sum + p_one[i] * p_other[i];
    END LOOP;
    RETURN v_sum;
END
$$;
