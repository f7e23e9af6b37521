CREATE OR REPLACE FUNCTION predict.value_likelihood(p_place double precision[], p_is_sample boolean)
RETURNS double precision[]
LANGUAGE plpgsql
SET jit = off
AS $$
DECLARE
    v_p double precision := exp(p_place[1]);
    v_q double precision := exp(p_place[2]);
    v_v double precision := exp(p_place[3] - p_place[1] + p_place[2]);
    v_ln_v double precision := p_place[3] - p_place[1] + p_place[2];
    v_ln_gamma double precision := predict.ln_gamma(exp(p_place[2]));
    v_digamma double precision := predict.digamma(exp(p_place[2]));
    v_result double precision[];
BEGIN
    -- Returns the log-likelihood of Gamma–Gamma over pg_temp.value_cell (Fader & Hardie 2013, "The Gamma-Gamma model of monetary value",
    -- equation 1a) and its derivatives by the logarithms of p, q and the typical value p v / q. Customers of one x share the gamma
    -- functions.
    SELECT ARRAY[
        sum(
            g.customers * (predict.ln_gamma(v_p * g.x + v_q) - predict.ln_gamma(v_p * g.x) - v_ln_gamma + v_q * v_ln_v + v_p * g.x * ln(g.x))
            + (v_p * g.x - 1) * g.ln_value - (v_p * g.x + v_q) * g.ln_sum
        ),
        v_p * sum(
            g.x * (
                g.customers * (predict.digamma(v_p * g.x + v_q) - predict.digamma(v_p * g.x) + ln(g.x)) + g.ln_value - g.ln_sum
            )
        ),
        v_q * sum(g.customers * (predict.digamma(v_p * g.x + v_q) - v_digamma + v_ln_v) - g.ln_sum),
        v_v * sum(g.customers * v_q / v_v - (v_p * g.x + v_q) * g.by_sum)
    ]
    INTO STRICT v_result
    FROM (
        SELECT
            c.x,
            sum(c.customers) AS customers,
            sum(c.customers * ln(c.mean_value)) AS ln_value,
            sum(c.customers * ln(c.x * c.mean_value + v_v)) AS ln_sum,
            sum(c.customers / (c.x * c.mean_value + v_v)) AS by_sum
        FROM (SELECT v.* FROM pg_temp.value_cell AS v LIMIT CASE WHEN p_is_sample THEN 2000 END) AS c
        GROUP BY c.x
    ) AS g;
    -- Those by the logarithms of p, q and v were counted.
    RETURN ARRAY[v_result[1], v_result[2] - v_result[4], v_result[3] + v_result[4], v_result[4]];
END
$$;
