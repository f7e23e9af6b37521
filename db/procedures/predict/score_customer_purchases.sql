CREATE OR REPLACE PROCEDURE predict.score_customer_purchases()
LANGUAGE plpgsql
SET work_mem = '256MB'
SET jit = off
AS $$
DECLARE
    v_repeat_days bigint[];
    v_ages integer[];
BEGIN
    -- Adds to predict.purchase_outlook the repeat_days and ages that customers have by now and nobody had since the fit. What stands
    -- there does not depend on the day, so that a new day and a new order cost only what is new; the rest of what a model says of
    -- a customer is a closed formula, in analytics.customer_predictions.
    --
    -- valued_purchases is the integral of d(t) dE(t) over value_days, with the discount d(t) = (1 + rate)^-t; by parts
    -- d(end) E(end) + ln(1 + rate) × the integral of d(t) E(t), a small part, by Simpson's rule.
    SELECT
        array_agg(h.repeat_days),
        array_agg(h.age_days)
    INTO v_repeat_days, v_ages
    FROM (
        SELECT DISTINCT
            p.repeat_days,
            k.as_of - p.first_date AS age_days
        FROM rollup.customer_purchases AS p
        CROSS JOIN config.clock AS k
        WHERE EXISTS (SELECT FROM predict.model AS m WHERE m.model_name = 'customer_purchases' AND m.is_usable)
    ) AS h
    LEFT JOIN predict.purchase_outlook AS o ON h.repeat_days = o.repeat_days AND h.age_days = o.age_days
    WHERE o.repeat_days IS NULL;

    IF v_repeat_days IS NOT NULL THEN
        INSERT INTO predict.purchase_outlook (repeat_days, age_days, expected_purchases, valued_purchases)
        SELECT
            e.repeat_days,
            e.age_days,
            predict.expected_purchases(e.r, e.alpha, e.a, e.b, e.repeat_days, e.age, e.horizon),
            (1 + e.rate) ^ (-e.years) * e.at_end
            + ln(1 + e.rate) * e.years / 6 * (4 * (1 + e.rate) ^ (-e.years / 2) * e.at_half + (1 + e.rate) ^ (-e.years) * e.at_end)
        FROM (
            SELECT
                w.*,
                predict.expected_purchases(w.r, w.alpha, w.a, w.b, w.repeat_days, w.age, w.horizon_end / 2) AS at_half,
                predict.expected_purchases(w.r, w.alpha, w.a, w.b, w.repeat_days, w.age, w.horizon_end) AS at_end
            FROM (
                SELECT
                    o.repeat_days,
                    o.age_days,
                    o.age_days / 7.0::double precision AS age,
                    s.horizon_days / 7.0::double precision AS horizon,
                    s.value_days / 7.0::double precision AS horizon_end,
                    s.value_days / 365.25::double precision AS years,
                    s.discount_rate::double precision AS rate,
                    f.*
                FROM unnest(v_repeat_days, v_ages) AS o (repeat_days, age_days)
                CROSS JOIN config.prediction AS s
                INNER JOIN predict.model AS m ON m.model_name = 'customer_purchases'
                CROSS JOIN LATERAL jsonb_to_record(m.parameters) AS f (
                    r double precision, alpha double precision, a double precision, b double precision
                )
            ) AS w
            OFFSET 0
        ) AS e;
    END IF;
END
$$;
