CREATE OR REPLACE PROCEDURE config.set_expectation(p_settings jsonb)
LANGUAGE plpgsql
AS $$
DECLARE
    v_unknown text;
BEGIN
    -- Sets columns of config.expectation from an object of the same keys; others keep their value.
    SELECT string_agg(k.key, ', ' ORDER BY k.key)
    INTO v_unknown
    FROM jsonb_object_keys(p_settings) AS k (key)
    WHERE NOT to_jsonb((SELECT e FROM config.expectation AS e)) - 'is_only_row' ? k.key;

    IF v_unknown IS NOT NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'undefined_column',
            MESSAGE = format('config.expectation has no setting %s', v_unknown);
    END IF;

    UPDATE config.expectation AS e
    SET
        min_customers = n.min_customers,
        min_products = n.min_products,
        max_data_age_days = n.max_data_age_days
    FROM config.expectation AS o
    CROSS JOIN LATERAL jsonb_populate_record(o, p_settings) AS n
    WHERE e.is_only_row AND (o.*) IS DISTINCT FROM (n.*);
END
$$;
