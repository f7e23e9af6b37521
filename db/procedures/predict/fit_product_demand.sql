CREATE OR REPLACE PROCEDURE predict.fit_product_demand()
LANGUAGE plpgsql
SET work_mem = '256MB'
SET jit = off
AS $$
DECLARE
    v_orders bigint;
    v_found record;
BEGIN
    -- Finds the method that errs least for each class of demand and forecasts the products by it. See predict.update_models().
    -- Weeks end with the day before config.clock.as_of: today's sales may still come in. What is expected stays until the next fit.
    SELECT coalesce(sum(d.completed_orders), 0) INTO STRICT v_orders FROM rollup.days AS d;
    IF NOT predict.is_due('product_demand', v_orders) THEN
        RETURN;
    END IF;
    TRUNCATE predict.demand_method, predict.product_demand;
    CALL predict.forecast_products();
    DELETE FROM predict.backtest AS b WHERE b.model_name = 'product_demand';

    SELECT
        coalesce(jsonb_object_agg(m.demand_class, m.method) FILTER (WHERE m.is_chosen), '{}') AS methods,
        (SELECT count(*) FROM predict.product_demand) AS products,
        c.min_tests,
        c.min_weeks
    INTO STRICT v_found
    FROM config.demand AS c
    LEFT JOIN predict.demand_method AS m ON true
    GROUP BY c.min_tests, c.min_weeks;
    CALL predict.note_model(
        'product_demand',
        v_orders,
        v_found.methods || jsonb_build_object('products', v_found.products),
        NULL,
        true,
        CASE
            WHEN v_found.products = 0
                THEN format(
                    'not enough data: of no kind of demand %s forecasts of products on sale for %s weeks could be tested',
                    v_found.min_tests, v_found.min_weeks
                )
        END
    );
    CALL predict.note_demand_errors();
END
$$;

COMMENT ON PROCEDURE predict.fit_product_demand () IS
'How many units of each product are expected to sell a week, by the method that erred least for its kind of demand.';
