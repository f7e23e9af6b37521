CREATE OR REPLACE FUNCTION predict.test_product_recommendations()
RETURNS jsonb
LANGUAGE plpgsql
SET work_mem = '256MB'
SET jit = off
AS $$
DECLARE
    v_rates jsonb;
    v_customers bigint;
    v_offer text;
BEGIN
    -- Back-test of recommendations, which chooses what to offer: holds back the last completed order of customers who came back, counts
    -- pairs, baskets and best sellers without these orders, recommends in each of the ways of predict.recommend(), and looks how
    -- often one of the five is among what the customer then bought for the first time. Customers who bought nothing new can be hit by
    -- nothing and do not count. The plain rule, best sellers of the shop, is one of the ways: so the choice, the way that hits most
    -- often, is never worse than it; of equal ones it is the more personal.
    -- Returns the hit rates in percent by way, and the choice as 'offer'; NULL: not tested.
    CALL predict.hold_out_last_orders();
    CALL predict.take_neighbours();
    CALL predict.take_best_sellers();

    WITH

    wanted AS MATERIALIZED (
        SELECT
            h.customer_id,
            array_agg(h.product_id) AS product_ids
        FROM predict.held_out AS h
        INNER JOIN rollup.customer_products AS b ON h.customer_id = b.customer_id AND h.product_id = b.product_id
        WHERE b.completed_orders = 1
        GROUP BY h.customer_id
    ),

    rates AS (
        SELECT
            o.offer,
            o.place,
            count(*) AS customers,
            100.0 * count(*) FILTER (WHERE r.product_ids && w.product_ids) / count(*) AS hit_rate
        FROM unnest(ARRAY['bought together', 'best sellers of the country', 'best sellers of the shop'])
        WITH ORDINALITY AS o (offer, place)
        CROSS JOIN LATERAL predict.recommend((SELECT array_agg(v.customer_id) FROM wanted AS v), o.offer) AS r
        INNER JOIN wanted AS w ON r.customer_id = w.customer_id
        GROUP BY o.offer, o.place
    )

    SELECT
        jsonb_object_agg(r.offer, r.hit_rate),
        max(r.customers),
        (array_agg(r.offer ORDER BY r.hit_rate DESC, r.place))[1]
    INTO STRICT v_rates, v_customers, v_offer
    FROM rates AS r;

    TRUNCATE predict.held_out;
    INSERT INTO predict.backtest (
        model_name, measure, value, compared_with, compared_value, is_better, observations, as_of, finding
    )
    SELECT
        'product_recommendations',
        'hit_rate',
        r.chosen,
        'the best sellers of the shop',
        r.plain,
        r.chosen > r.plain,
        coalesce(v_customers, 0),
        k.as_of,
        coalesce(
            format(
                'The last order of %s customers who then bought something new: one of five products was in it for %s %% by what is bought '
                'together, %s %% by best sellers of the country, %s %% by the plain rule, best sellers of the shop. Offered is what hit '
                'most often: %s.',
                to_char(v_customers, 'FM999,999,999,990'),
                to_char(r.together, 'FM990.0'),
                to_char(r.country, 'FM990.0'),
                to_char(r.plain, 'FM990.0'),
                v_offer
            ),
            'Could not be tested: no customer has come back for a new product.'
        )
    FROM config.clock AS k
    CROSS JOIN (
        SELECT
            (v_rates ->> v_offer)::double precision AS chosen,
            (v_rates ->> 'bought together')::double precision AS together,
            (v_rates ->> 'best sellers of the country')::double precision AS country,
            (v_rates ->> 'best sellers of the shop')::double precision AS plain
    ) AS r;
    RETURN v_rates || jsonb_build_object('offer', v_offer);
END
$$;
