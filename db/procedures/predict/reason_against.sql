CREATE OR REPLACE FUNCTION predict.reason_against(
    p_customers bigint, p_min_customers integer, p_repeaters bigint, p_min_repeaters integer, p_histories bigint
)
RETURNS text
LANGUAGE sql
IMMUTABLE
AS $$
    -- Why models of customers cannot be fitted, as a sentence for people; NULL: they can. p_histories: customers who differ.
    SELECT CASE
        WHEN p_customers < p_min_customers
            THEN format('not enough data: %s customers have bought, %s are needed', p_customers, p_min_customers)
        WHEN p_repeaters < p_min_repeaters
            THEN format('not enough data: %s customers have come back on another day, %s are needed', p_repeaters, p_min_repeaters)
        WHEN p_histories < 10
            THEN format('not enough data: the customers are all alike, with %s different histories', p_histories)
    END
$$;
