CREATE OR REPLACE PROCEDURE predict.fit_product_recommendations()
LANGUAGE plpgsql
AS $$
DECLARE
    v_orders bigint;
    v_tested jsonb;
    v_found jsonb;
    v_reason text;
BEGIN
    -- Finds which products go together and which sell best, after a test on the customers' last orders, which chooses the offer. What is
    -- recommended to whom follows in predict.score_product_recommendations(). See predict.update_models().
    SELECT coalesce(sum(d.completed_orders), 0) INTO STRICT v_orders FROM rollup.days AS d;
    IF NOT predict.is_due('product_recommendations', v_orders) THEN
        RETURN;
    END IF;
    DELETE FROM predict.backtest AS b WHERE b.model_name = 'product_recommendations';
    CALL predict.count_buyers();
    v_tested := predict.test_product_recommendations();
    CALL predict.take_neighbours();
    CALL predict.take_best_sellers();
    TRUNCATE predict.customer_recommendation;
    SELECT
        jsonb_strip_nulls(jsonb_build_object(
            'offer',
            coalesce(v_tested ->> 'offer', 'bought together'),
            'products_with_others',
            count(DISTINCT n.product_id),
            'pairs',
            count(*),
            'mean_similarity',
            avg(n.similarity)
        )),
        CASE WHEN NOT EXISTS (SELECT FROM predict.best_seller) THEN 'not enough data: no customer has bought a product lately' END
    INTO STRICT v_found, v_reason
    FROM predict.product_neighbour AS n;
    CALL predict.note_model('product_recommendations', v_orders, v_found, NULL, true, v_reason);
END
$$;

COMMENT ON PROCEDURE predict.fit_product_recommendations () IS
'Which products to show beside each other, and what to recommend to whom (item to item).';
