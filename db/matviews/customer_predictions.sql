CREATE MATERIALIZED VIEW analytics.customer_predictions AS
WITH

-- One row: what is set, and what the models found; NULL where one is not usable.
known AS (
    SELECT
        k.as_of,
        b.r,
        b.alpha,
        b.a,
        b.b,
        g.p,
        g.q,
        g.v,
        (
            SELECT array_agg(c.from_probability::double precision ORDER BY c.from_probability) FROM config.churn_risk AS c
        ) AS limits,
        (SELECT array_agg(c.churn_risk ORDER BY c.from_probability) FROM config.churn_risk AS c) AS bands,
        coalesce(p.reason, v.reason, CASE WHEN p.model_name IS NULL OR v.model_name IS NULL THEN 'not fitted yet' END) AS reason
    FROM config.clock AS k
    LEFT JOIN predict.model AS p ON p.model_name = 'customer_purchases'
    LEFT JOIN predict.model AS v ON v.model_name = 'customer_value'
    LEFT JOIN LATERAL jsonb_to_record(CASE WHEN p.is_usable THEN p.parameters END) AS b (
        r double precision, alpha double precision, a double precision, b double precision
    ) ON true
    LEFT JOIN LATERAL jsonb_to_record(CASE WHEN v.is_usable THEN v.parameters END) AS g (
        p double precision, q double precision, v double precision
    ) ON true
),

-- P(alive) as in predict.p_alive(), E(M) as in predict.test_customer_value(): there is their source. On this side of the outer
-- join below each figure is reckoned once, not once for each column that is made of it.
buyers AS (
    SELECT
        h.customer_id,
        h.repeat_days,
        CASE
            WHEN n.r IS NULL THEN NULL
            WHEN h.repeat_days = 0 THEN 1
            ELSE
                1 / (1 + exp(least(
                    ln(n.a) - ln(n.b + h.repeat_days - 1)
                    + (n.r + h.repeat_days)
                    * (
                        ln(n.alpha + (n.as_of - h.first_date) / 7.0::double precision)
                        - ln(n.alpha + (h.last_date - h.first_date) / 7.0::double precision)
                    ),
                    700
                )))
        END AS p_alive,
        o.expected_purchases,
        o.valued_purchases,
        CASE WHEN n.p IS NOT NULL THEN n.p * (n.v + h.repeat_revenue) / (n.p * h.repeat_days + n.q - 1) END AS purchase_value
    FROM rollup.customer_purchases AS h
    CROSS JOIN known AS n
    LEFT JOIN predict.purchase_outlook AS o ON h.repeat_days = o.repeat_days AND n.as_of - h.first_date = o.age_days
)

-- Whole numbers on the way: double precision becomes numeric by way of text, eight times as slowly.
SELECT
    c.customer_id,
    ((1000000 * b.p_alive)::bigint * 0.0001)::numeric(7, 4) AS alive_probability,
    CASE
        WHEN b.repeat_days = 0 AND b.p_alive IS NOT NULL THEN 'Unknown'
        ELSE n.bands[width_bucket(1 - b.p_alive, n.limits)]
    END AS churn_risk,
    ((1000000 * b.p_alive * b.expected_purchases)::bigint * 0.000001)::numeric(12, 6) AS expected_purchases,
    ((100 * b.purchase_value)::bigint * 0.01)::numeric(18, 2) AS expected_purchase_value,
    ((100 * b.p_alive * b.expected_purchases * b.purchase_value)::bigint * 0.01)::numeric(18, 2) AS expected_revenue,
    ((100 * b.p_alive * b.valued_purchases * b.purchase_value)::bigint * 0.01)::numeric(18, 2) AS predicted_lifetime_value,
    CASE WHEN b.customer_id IS NULL THEN 'has not bought yet' ELSE n.reason END AS reason,
    NULL::boolean AS no_duplicate_check
FROM staging.customers AS c
CROSS JOIN known AS n
LEFT JOIN buyers AS b ON c.customer_id = b.customer_id;

CREATE UNIQUE INDEX customer_predictions_customer_id_key ON analytics.customer_predictions (customer_id);

COMMENT ON MATERIALIZED VIEW analytics.customer_predictions IS
'One row per customer, those who never bought too: what to expect of it. How far these figures err: analytics.model_backtests.';
COMMENT ON COLUMN analytics.customer_predictions.customer_id IS 'Key.';
COMMENT ON COLUMN analytics.customer_predictions.alive_probability IS
'Chance that the customer is still one, in percent: P(alive) of BG/NBD by the days on which it bought until config.clock.as_of. '
'100 for who bought on one day only, of whom the model cannot tell it.';
COMMENT ON COLUMN analytics.customer_predictions.churn_risk IS
'Low, Medium or High, by the chance that the customer has left, limits in config.churn_risk; Unknown: bought on one day only.';
COMMENT ON COLUMN analytics.customer_predictions.expected_purchases IS
'Days on which the customer is expected to buy, of the next config.prediction.horizon_days: BG/NBD.';
COMMENT ON COLUMN analytics.customer_predictions.expected_purchase_value IS
'What the customer is expected to spend on a day on which it buys: Gamma–Gamma.';
COMMENT ON COLUMN analytics.customer_predictions.expected_revenue IS
'expected_purchases × expected_purchase_value.';
COMMENT ON COLUMN analytics.customer_predictions.predicted_lifetime_value IS
'Revenue expected within the next config.prediction.value_days, discounted by config.prediction.discount_rate a year.';
COMMENT ON COLUMN analytics.customer_predictions.reason IS
'Why figures are missing: has not bought yet, or why a model is not usable; NULL: none is missing.';
COMMENT ON COLUMN analytics.customer_predictions.no_duplicate_check IS
'Internal: always NULL. A refresh searches the rows that hold no NULL for equal ones, which the key excludes already.';
