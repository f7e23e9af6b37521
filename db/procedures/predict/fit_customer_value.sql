CREATE OR REPLACE PROCEDURE predict.fit_customer_value()
LANGUAGE plpgsql
AS $$
DECLARE
    v_customers bigint;
    v_today date;
    v_found record;
BEGIN
    -- Fits Gamma–Gamma to what customers who came back spent, and tests it on the last days. See predict.update_models().
    SELECT count(*)
    INTO v_customers
    FROM rollup.customer_purchases AS p
    WHERE p.repeat_days > 0 AND p.repeat_revenue > 0;
    IF NOT predict.is_due('customer_value', v_customers) THEN
        RETURN;
    END IF;
    SELECT k.as_of INTO STRICT v_today FROM config.clock AS k;
    CALL predict.take_histories(v_today);
    SELECT e.* INTO STRICT v_found FROM predict.estimate_value() AS e;
    CALL predict.note_model(
        'customer_value', v_customers, v_found.parameters, v_found.log_likelihood, v_found.is_converged, v_found.reason
    );
    IF v_found.reason IS NULL THEN
        CALL predict.test_customer_value(v_today);
    END IF;
END
$$;

COMMENT ON PROCEDURE predict.fit_customer_value () IS
'What a customer spends on a day with a purchase (Gamma–Gamma).';
