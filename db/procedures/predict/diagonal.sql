CREATE OR REPLACE FUNCTION predict.diagonal(p_size integer, p_value double precision)
RETURNS double precision[]
LANGUAGE plpgsql
IMMUTABLE STRICT PARALLEL SAFE
AS $$
DECLARE
    v_matrix double precision[] := array_fill(0::double precision, ARRAY[p_size, p_size]);
BEGIN
    -- Returns a square matrix with a value on its diagonal.
    FOR i IN 1..p_size LOOP
        v_matrix[i][i] := p_value;
    END LOOP;
    RETURN v_matrix;
END
$$;
