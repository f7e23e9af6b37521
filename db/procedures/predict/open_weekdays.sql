CREATE OR REPLACE FUNCTION predict.open_weekdays(p_orders double precision[])
RETURNS boolean[]
LANGUAGE plpgsql
IMMUTABLE
AS $$
BEGIN
    -- Learns on which weekdays the shop sells, from the orders of the last 26 whole weeks: not on those with less than a
    -- fiftieth of the average weekday's. With fewer than 10 orders on the average weekday chance alone leaves one empty; then all
    -- count as open.
    --
    -- Returns seven flags: for the weekday of the last value, of the value before it, and so on.
    RETURN (
        SELECT array_agg(w.average < 10 OR w.orders * 50 >= w.average ORDER BY w.place)
        FROM (
            SELECT
                (cardinality(p_orders) - d.position) % 7 AS place,
                sum(d.orders) AS orders,
                avg(sum(d.orders)) OVER () AS average
            FROM unnest(p_orders) WITH ORDINALITY AS d (orders, position)
            WHERE cardinality(p_orders) - d.position < least(182, cardinality(p_orders) / 7 * 7)
            GROUP BY (cardinality(p_orders) - d.position) % 7
        ) AS w
    );
END
$$;
