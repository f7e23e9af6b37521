CREATE OR REPLACE FUNCTION predict.digamma(p_x double precision)
RETURNS double precision
LANGUAGE plpgsql
IMMUTABLE STRICT PARALLEL SAFE
AS $$
DECLARE
    v_x double precision := p_x;
    v_sum double precision := 0;
    v_square double precision;
BEGIN
    -- Returns ψ(x), the derivative of ln Γ(x), x > 0, to 1e-12 of 1 + |ψ(x)|. By ψ(x) = ψ(x + 1) - 1 / x up to 10, and there by its
    -- asymptotic series (Abramowitz & Stegun 1964, 6.3.5 and 6.3.18).
    WHILE v_x < 10 LOOP
        v_sum := v_sum + 1 / v_x;
        v_x := v_x + 1;
    END LOOP;
    v_square := 1 / (v_x * v_x);
    RETURN ln(v_x) - 0.5 / v_x - v_sum
        - v_square * (1.0 / 12 - v_square * (1.0 / 120 - v_square * (1.0 / 252 - v_square * (1.0 / 240 - v_square * (1.0 / 132
        - v_square * (691.0 / 32760 - v_square / 12))))));
END
$$;
