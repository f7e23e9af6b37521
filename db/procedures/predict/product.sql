CREATE OR REPLACE FUNCTION predict.product(p_matrix double precision[], p_vector double precision[])
RETURNS double precision[]
LANGUAGE plpgsql
IMMUTABLE STRICT PARALLEL SAFE
AS $$
DECLARE
    v_result double precision[] := array_fill(0::double precision, ARRAY[cardinality(p_vector)]);
BEGIN
    -- Returns a square matrix times a vector.
    FOR i IN 1..cardinality(p_vector) LOOP
        FOR j IN 1..cardinality(p_vector) LOOP
            v_result[i] := v_result[i] + p_matrix[i][j] * p_vector[j];
        END LOOP;
    END LOOP;
    RETURN v_result;
END
$$;
