CREATE OR REPLACE FUNCTION predict.expected_purchases(
    p_r double precision,
    p_alpha double precision,
    p_a double precision,
    p_b double precision,
    p_x double precision,
    p_age double precision,
    p_ahead double precision
)
RETURNS double precision
LANGUAGE plpgsql
IMMUTABLE STRICT PARALLEL SAFE
AS $$
DECLARE
    v_shape double precision := p_r + p_x;
    v_stay double precision := p_b + p_x;
    v_z double precision := p_ahead / (p_alpha + p_age + p_ahead);
    v_weight double precision := 1;
    v_weights double precision := 1;
    v_chance double precision := 1;
    v_made double precision := 0;
    v_sum double precision := 0;
    v_ratio double precision;
    v_k double precision := 0;
BEGIN
    -- Returns how many purchases BG/NBD expects in the next p_ahead weeks of a customer who has not left (Fader, Hardie & Lee 2005,
    -- equation 10, times its denominator: multiply by P(alive)). Their 1 - ((α + T) / (α + T + t))^(r + x) 2F1(r + x, b + x; a + b + x - 1; z)
    -- over a - 1 is 0 / 0 at a = 1 and loses digits around it; the same sum in another order has only positive terms:
    -- over k = 0, 1, …, the chance to want k purchases, which is negative binomial with shape r + x and z = t / (α + T + t), times those
    -- made of them before leaving: 1 + E(q) + … + E(q^(k - 1)), with q the chance to stay after a purchase, beta (b + x, a).
    --
    -- p_x    purchases after the first
    -- p_age  T, weeks since the first
    LOOP
        v_made := v_made + v_chance;
        v_chance := v_chance * (v_stay + v_k) / (p_a + v_stay + v_k);
        v_ratio := (v_shape + v_k) / (v_k + 1) * v_z;
        v_weight := v_weight * v_ratio;
        v_weights := v_weights + v_weight;
        v_sum := v_sum + v_weight * v_made;
        v_k := v_k + 1;
        IF v_ratio < 1 THEN
            EXIT WHEN v_weight * v_made <= 1e-12 * v_sum * (1 - v_ratio);
        ELSIF v_weights > 1e200 THEN
            v_weight := v_weight * 1e-200;
            v_weights := v_weights * 1e-200;
            v_sum := v_sum * 1e-200;
        END IF;
    END LOOP;
    RETURN v_sum / v_weights;
END
$$;
