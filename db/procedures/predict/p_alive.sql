CREATE OR REPLACE FUNCTION predict.p_alive(
    p_r double precision,
    p_alpha double precision,
    p_a double precision,
    p_b double precision,
    p_x double precision,
    p_last double precision,
    p_age double precision
)
RETURNS double precision
LANGUAGE sql
IMMUTABLE PARALLEL SAFE
AS $$
    -- P(alive) of BG/NBD: the chance that a customer with p_x purchases after the first, the last p_last and today p_age weeks after
    -- it, has not left (Fader, Hardie & Lee 2008, "Computing P(alive) using the BG/NBD model", equation 1). 1 for who bought once: in
    -- this model customers leave after a repeat purchase only. analytics.customer_predictions, which may not call it, repeats it.
    SELECT CASE
        WHEN p_x = 0 THEN 1
        ELSE
            1 / (1 + exp(least(
                ln(p_a) - ln(p_b + p_x - 1) + (p_r + p_x) * (ln(p_alpha + p_age) - ln(p_alpha + p_last)), 700
            )))
    END
$$;
