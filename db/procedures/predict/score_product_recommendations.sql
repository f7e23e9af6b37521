CREATE OR REPLACE PROCEDURE predict.score_product_recommendations()
LANGUAGE plpgsql
SET plan_cache_mode = force_custom_plan
AS $$
DECLARE
    v_offer text;
    v_active text[];
    v_due text[];
BEGIN
    -- Recommends to active customers who have none yet or whose products or country changed since; forgets the others. What goes
    -- together and what sells best stays as it was fitted, so that a refresh costs what is new. Each plan is made for the arrays that
    -- there are: a session's sixth refresh would else search them from their beginning for each row.
    SELECT m.parameters ->> 'offer'
    INTO v_offer
    FROM predict.model AS m
    WHERE m.model_name = 'product_recommendations' AND m.is_usable;
    IF v_offer IS NULL THEN
        RETURN;
    END IF;

    SELECT
        array_agg(p.customer_id),
        array_agg(p.customer_id) FILTER (
            WHERE (r.products_hash, r.country) IS DISTINCT FROM (b.products_hash, coalesce(c.country, ''))
        )
    INTO v_active, v_due
    FROM rollup.customer_purchases AS p
    CROSS JOIN config.clock AS k
    CROSS JOIN config.recommendation AS s
    INNER JOIN rollup.customer_baskets AS b ON p.customer_id = b.customer_id
    INNER JOIN staging.customers AS c ON p.customer_id = c.customer_id
    LEFT JOIN predict.customer_recommendation AS r ON p.customer_id = r.customer_id
    WHERE p.last_date > k.as_of - s.active_days;

    IF EXISTS (SELECT FROM predict.customer_recommendation AS r WHERE r.customer_id <> ALL (coalesce(v_active, '{}'))) THEN
        DELETE FROM predict.customer_recommendation AS r WHERE r.customer_id <> ALL (coalesce(v_active, '{}'));
    END IF;
    IF v_due IS NOT NULL THEN
        INSERT INTO predict.customer_recommendation (customer_id, country, products_hash, product_ids, reasons)
        SELECT r.*
        FROM predict.recommend(v_due, v_offer) AS r
        ON CONFLICT (customer_id) DO UPDATE SET (country, products_hash, product_ids, reasons) = ROW(
            excluded.country, excluded.products_hash, excluded.product_ids, excluded.reasons
        );
    END IF;
END
$$;
