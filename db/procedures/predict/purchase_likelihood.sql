CREATE OR REPLACE FUNCTION predict.purchase_likelihood(p_place double precision[], p_is_sample boolean)
RETURNS double precision[]
LANGUAGE plpgsql
SET jit = off
AS $$
DECLARE
    v_r double precision := exp(p_place[1]);
    v_alpha double precision := exp(p_place[1] - p_place[2]);
    v_share double precision := 1 / (1 + exp(-p_place[3]));
    v_a double precision := exp(p_place[4]) * v_share;
    v_b double precision := exp(p_place[4]) * (1 - v_share);
    v_by double precision[];
    v_tail record;
    v_cell record;
BEGIN
    -- Returns the log-likelihood of BG/NBD over pg_temp.purchase_cell (Fader, Hardie & Lee 2005, equation 6) and its derivatives by
    -- coordinates in which the mean and the spread of customers stand apart: the logarithms of r and of the mean rate r / α a week, the
    -- logit of the mean chance to leave a / (a + b), and the logarithm of a + b. For Γ(r + x) / Γ(r) = r (r + 1) … (r + x - 1), and likewise of
    -- b and a + b, no gamma function is needed: each factor i stands for all customers with x > i. With z below, P(alive) is
    -- 1 / (1 + e^z), see predict.p_alive(), and gone the rest.
    SELECT
        sum(n.customers * (ln(v_r + n.i) + ln(v_b + n.i) - ln(v_a + v_b + n.i))) AS value,
        sum(n.customers / (v_r + n.i)) AS by_r,
        sum(n.customers / (v_b + n.i)) AS by_b,
        sum(n.customers / (v_a + v_b + n.i)) AS by_ab
    INTO STRICT v_tail
    FROM (SELECT t.i, CASE WHEN p_is_sample THEN t.sampled ELSE t.customers END AS customers FROM pg_temp.purchase_tail AS t) AS n;

    SELECT
        sum(c.customers) AS customers,
        sum(c.customers * (ln(1 + exp(least(c.z, 700))) + greatest(c.z - 700, 0) - (v_r + c.x) * c.ln_total)) AS value,
        sum(c.customers * (c.gone * (c.ln_total - c.ln_last) - c.ln_total)) AS by_r,
        sum(c.customers * (v_r + c.x) * (c.gone * (1 / (v_alpha + c.t_total) - 1 / (v_alpha + c.t_x)) - 1 / (v_alpha + c.t_total)))
            AS by_alpha,
        sum(c.customers * c.gone) AS by_a,
        sum(c.customers * c.gone / (v_b + c.x - 1)) FILTER (WHERE c.x > 0) AS by_b
    INTO STRICT v_cell
    FROM (
        SELECT
            d.*,
            1 - 1 / (1 + exp(least(d.z, 700))) AS gone
        FROM (
            SELECT
                l.*,
                CASE
                    WHEN l.x = 0 THEN -700
                    ELSE ln(v_a) - ln(v_b + l.x - 1) + (v_r + l.x) * (l.ln_total - l.ln_last)
                END AS z
            FROM (
                SELECT
                    p.*,
                    ln(v_alpha + p.t_total) AS ln_total,
                    ln(v_alpha + p.t_x) AS ln_last
                FROM pg_temp.purchase_cell AS p
                LIMIT CASE WHEN p_is_sample THEN 2000 END
            ) AS l
            OFFSET 0
        ) AS d
        OFFSET 0
    ) AS c;

    -- By the logarithms of r, α, a and b.
    v_by := ARRAY[
        v_r * (coalesce(v_tail.by_r, 0) + v_cell.by_r + v_cell.customers * ln(v_alpha)),
        v_cell.customers * v_r + v_alpha * v_cell.by_alpha,
        v_cell.by_a - v_a * coalesce(v_tail.by_ab, 0),
        v_b * (coalesce(v_tail.by_b - v_tail.by_ab, 0) - coalesce(v_cell.by_b, 0))
    ];
    RETURN ARRAY[
        coalesce(v_tail.value, 0) + v_cell.value + v_cell.customers * v_r * ln(v_alpha),
        v_by[1] + v_by[2],
        -v_by[2],
        (1 - v_share) * v_by[3] - v_share * v_by[4],
        v_by[3] + v_by[4]
    ];
END
$$;
