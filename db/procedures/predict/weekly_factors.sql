CREATE OR REPLACE FUNCTION predict.weekly_factors(
    p_values double precision[],
    p_period integer,
    p_is_multiplicative boolean
)
RETURNS double precision[]
LANGUAGE plpgsql
IMMUTABLE
AS $$
DECLARE
    v_count integer := cardinality(p_values);
    v_whole integer := cardinality(p_values) / p_period * p_period;
    v_factors double precision[];
    v_mean double precision;
BEGIN
    -- Returns how the places of the season differ from the average, or divided by it when p_is_multiplicative: the mean of each
    -- place over the last whole seasons. A season of whole weeks sees every level equally often, so that no trend has to be
    -- taken off before. The factor of the first value comes first.
    SELECT array_agg(m.mean ORDER BY m.place), avg(m.mean)
    INTO v_factors, v_mean
    FROM (
        SELECT
            (v.position - 1) % p_period AS place,
            avg(v.value) AS mean
        FROM unnest(p_values) WITH ORDINALITY AS v (value, position)
        WHERE v.position > v_count - v_whole
        GROUP BY (v.position - 1) % p_period
    ) AS m;
    SELECT array_agg(CASE WHEN p_is_multiplicative THEN f.mean / v_mean ELSE f.mean - v_mean END ORDER BY f.place)
    INTO v_factors
    FROM unnest(v_factors) WITH ORDINALITY AS f (mean, place);
    RETURN v_factors;
END
$$;
