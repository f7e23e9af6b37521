CREATE OR REPLACE PROCEDURE predict.fit_price_elasticity()
LANGUAGE plpgsql
AS $$
DECLARE
    v_orders bigint;
    v_today date;
    v_found record;
BEGIN
    -- Finds how the price of each product moves its sales, and tests it on the last days. See predict.update_models().
    SELECT coalesce(sum(d.completed_orders), 0) INTO STRICT v_orders FROM rollup.days AS d;
    IF NOT predict.is_due('price_elasticity', v_orders) THEN
        RETURN;
    END IF;
    SELECT k.as_of INTO STRICT v_today FROM config.clock AS k;
    CALL predict.take_price_weeks(v_today);
    TRUNCATE predict.price_elasticity;
    INSERT INTO predict.price_elasticity
    SELECT e.*
    FROM predict.estimate_elasticities(v_today) AS e;
    DELETE FROM predict.backtest AS b WHERE b.model_name = 'price_elasticity';

    SELECT
        count(*) AS products,
        count(e.elasticity) AS judged,
        count(*) FILTER (WHERE e.high < -1) AS elastic,
        count(*) FILTER (WHERE e.low > -1) AS inelastic,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY e.elasticity) AS median
    INTO STRICT v_found
    FROM predict.price_elasticity AS e;
    CALL predict.note_model(
        'price_elasticity',
        v_orders,
        jsonb_strip_nulls(jsonb_build_object(
            'products', v_found.products,
            'judged', v_found.judged,
            'elastic', v_found.elastic,
            'inelastic', v_found.inelastic,
            'median_elasticity', v_found.median
        )),
        NULL,
        true,
        CASE WHEN v_found.judged = 0 THEN 'not enough data: of no product the price moved enough while it sold' END
    );
    IF v_found.judged > 0 THEN
        CALL predict.test_price_elasticity(v_today);
    END IF;
END
$$;

COMMENT ON PROCEDURE predict.fit_price_elasticity () IS
'How the price of each product moves its sales (log-log regression by week).';
