CREATE OR REPLACE FUNCTION predict.estimate_purchases(
    OUT parameters jsonb,
    OUT log_likelihood double precision,
    OUT is_converged boolean,
    OUT reason text
)
LANGUAGE plpgsql
AS $$
DECLARE
    v_seen record;
    v_found record;
    v_size double precision;
    v_share double precision;
BEGIN
    -- Fits BG/NBD (Fader, Hardie & Lee 2005) to pg_temp.purchase_history; reason: why that cannot be done. Starts: what the paper found for
    -- CDNOW, and three at the shop's own rate of purchases, with customers who differ much, little, and hardly ever leave.
    SELECT
        count(h.customer_id) AS customers,
        count(*) FILTER (WHERE h.repeat_days > 0) AS repeaters,
        (
            SELECT count(*)
            FROM (SELECT DISTINCT d.repeat_days, d.last_day, d.age_days FROM pg_temp.purchase_history AS d) AS c
        ) AS cells,
        ln(7 * (avg(h.repeat_days) + 0.01) / (avg(h.age_days) + 1))::double precision AS ln_rate,
        s.min_customers,
        s.min_repeat_customers
    INTO v_seen
    FROM config.prediction AS s
    LEFT JOIN pg_temp.purchase_history AS h ON true
    GROUP BY s.min_customers, s.min_repeat_customers;

    parameters := '{}';
    is_converged := false;
    reason := predict.reason_against(
        v_seen.customers, v_seen.min_customers, v_seen.repeaters, v_seen.min_repeat_customers, v_seen.cells
    );
    IF reason IS NOT NULL THEN
        RETURN;
    END IF;

    CALL predict.group_purchases();
    SELECT m.*
    INTO STRICT v_found
    FROM predict.maximize_from(
        'purchase_likelihood',
        ARRAY[12, 12, 12, 12],
        ARRAY[
            ARRAY[ln(0.243), ln(0.243 / 4.414), ln(0.793 / 2.426), ln(0.793 + 2.426)],
            ARRAY[ln(0.5), v_seen.ln_rate, ln(0.25), ln(2.5)],
            ARRAY[ln(3), v_seen.ln_rate, ln(0.1), ln(11)],
            ARRAY[0, v_seen.ln_rate, ln(0.01), ln(10)]
        ]
    ) AS m;
    v_size := exp(v_found.place[4]);
    v_share := 1 / (1 + exp(-v_found.place[3]));
    parameters := jsonb_build_object(
        'r', exp(v_found.place[1]), 'alpha', exp(v_found.place[1] - v_found.place[2]), 'a', v_size * v_share, 'b', v_size * (1 - v_share)
    );
    log_likelihood := v_found.log_likelihood;
    is_converged := v_found.is_converged;
    IF NOT is_converged THEN
        reason := 'the search for the parameters did not end';
    END IF;
END
$$;
