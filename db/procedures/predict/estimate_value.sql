CREATE OR REPLACE FUNCTION predict.estimate_value(
    OUT parameters jsonb,
    OUT log_likelihood double precision,
    OUT is_converged boolean,
    OUT reason text
)
LANGUAGE plpgsql
SET client_min_messages = warning
AS $$
DECLARE
    v_seen record;
    v_found record;
BEGIN
    -- Fits Gamma–Gamma (Fader & Hardie 2013) to the customers of pg_temp.purchase_history who came back and paid; reason: why that
    -- cannot be done. Values are taken in units of their mean, so that any currency will do. Starts: what the paper found for CDNOW, and
    -- two with customers who differ more and less.
    SELECT
        count(*) AS customers,
        (
            SELECT count(*)
            FROM (
                SELECT DISTINCT
                    d.repeat_days,
                    d.repeat_revenue
                FROM pg_temp.purchase_history AS d
                WHERE d.repeat_days > 0 AND d.repeat_revenue > 0
            ) AS c
        ) AS cells,
        avg(h.repeat_revenue / h.repeat_days)::double precision AS mean_value,
        (SELECT s.min_repeat_customers FROM config.prediction AS s) AS min_customers
    INTO STRICT v_seen
    FROM pg_temp.purchase_history AS h
    WHERE h.repeat_days > 0 AND h.repeat_revenue > 0;

    parameters := '{}';
    is_converged := false;
    reason := predict.reason_against(v_seen.customers, 0, v_seen.customers, v_seen.min_customers, v_seen.cells);
    IF reason IS NOT NULL THEN
        RETURN;
    END IF;

    DROP TABLE IF EXISTS pg_temp.value_cell;
    CREATE TEMPORARY TABLE value_cell ON COMMIT DROP AS
    SELECT
        h.repeat_days::double precision AS x,
        (h.repeat_revenue / h.repeat_days)::double precision / v_seen.mean_value AS mean_value,
        count(*)::double precision AS customers
    FROM pg_temp.purchase_history AS h
    WHERE h.repeat_days > 0 AND h.repeat_revenue > 0
    GROUP BY h.repeat_days, h.repeat_revenue
    ORDER BY (100 * h.repeat_revenue)::bigint * 7919 % 10007, h.repeat_days, h.repeat_revenue;

    SELECT m.*
    INTO STRICT v_found
    FROM predict.maximize_from(
        'value_likelihood',
        ARRAY[9, 9, 12],
        ARRAY[
            ARRAY[ln(6.25), ln(3.74), ln(0.73)],
            ARRAY[0, ln(2), ln(0.5)],
            ARRAY[ln(10), ln(10), ln(0.9)]
        ]
    ) AS m;
    parameters := jsonb_build_object(
        'p', exp(v_found.place[1]),
        'q', exp(v_found.place[2]),
        'v', exp(v_found.place[3] - v_found.place[1] + v_found.place[2]) * v_seen.mean_value
    );
    log_likelihood := v_found.log_likelihood - v_seen.customers * ln(v_seen.mean_value);
    is_converged := v_found.is_converged;
    reason := CASE
        WHEN NOT is_converged THEN 'the search for the parameters did not end'
        WHEN exp(v_found.place[2]) <= 1.05 THEN 'order values differ so much that they have no mean'
    END;
END
$$;
