CREATE OR REPLACE FUNCTION predict.ln_gamma(p_x double precision)
RETURNS double precision
LANGUAGE plpgsql
IMMUTABLE STRICT PARALLEL SAFE
AS $$
DECLARE
    v_x double precision := p_x;
    v_product double precision := 1;
    v_square double precision;
BEGIN
    -- Returns ln Γ(x), x > 0, to 1e-12 of 1 + |ln Γ(x)|. By Γ(x) = Γ(x + n) / (x (x + 1) … (x + n - 1)) up to 10, and there by Stirling's
    -- series (Abramowitz & Stegun 1964, 6.1.41). PostgreSQL has lgamma() from 18 on; one way for all versions is simpler.
    WHILE v_x < 10 LOOP
        v_product := v_product * v_x;
        v_x := v_x + 1;
    END LOOP;
    v_square := 1 / (v_x * v_x);
    RETURN (v_x - 0.5) * ln(v_x) - v_x + 0.5 * ln(2 * pi()) - ln(v_product)
        + (1.0 / 12 - v_square * (1.0 / 360 - v_square * (1.0 / 1260 - v_square * (1.0 / 1680 - v_square * (1.0 / 1188
        - v_square * (691.0 / 360360 - v_square / 156)))))) / v_x;
END
$$;
