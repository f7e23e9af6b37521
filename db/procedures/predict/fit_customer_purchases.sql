CREATE OR REPLACE PROCEDURE predict.fit_customer_purchases()
LANGUAGE plpgsql
AS $$
DECLARE
    v_customers bigint;
    v_today date;
    v_found record;
BEGIN
    -- Fits BG/NBD to the days on which customers bought, and tests it on the last of them. See predict.update_models().
    SELECT count(*) INTO v_customers FROM rollup.customer_purchases;
    IF NOT predict.is_due('customer_purchases', v_customers) THEN
        RETURN;
    END IF;
    SELECT k.as_of INTO STRICT v_today FROM config.clock AS k;
    CALL predict.take_histories(v_today);
    SELECT e.* INTO STRICT v_found FROM predict.estimate_purchases() AS e;
    CALL predict.note_model(
        'customer_purchases', v_customers, v_found.parameters, v_found.log_likelihood, v_found.is_converged, v_found.reason
    );
    DELETE FROM predict.purchase_outlook;
    IF v_found.reason IS NULL THEN
        CALL predict.test_customer_purchases(v_today);
    END IF;
END
$$;

COMMENT ON PROCEDURE predict.fit_customer_purchases () IS
'How likely each customer is to come back, and how often (BG/NBD).';
