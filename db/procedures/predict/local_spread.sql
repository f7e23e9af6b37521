CREATE OR REPLACE FUNCTION predict.local_spread(p_values double precision[])
RETURNS double precision
LANGUAGE plpgsql
IMMUTABLE
AS $$
BEGIN
    -- Returns how far the days of the last eight weeks are from the same weekday a week before: the mean absolute difference
    -- between square roots. NULL with less than eight days.
    --
    -- p_values  day after day without a gap
    RETURN (
        SELECT avg(abs(sqrt(greatest(0, v.value)) - sqrt(greatest(0, p_values[v.position - 7]))))
        FROM unnest(p_values) WITH ORDINALITY AS v (value, position)
        WHERE v.position > greatest(7, cardinality(p_values) - 56)
    );
END
$$;
