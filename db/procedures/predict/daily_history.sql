CREATE OR REPLACE FUNCTION predict.daily_history(
    p_measure text,
    OUT last_day date,
    OUT day_values double precision[],
    OUT orders double precision[]
)
LANGUAGE plpgsql
AS $$
BEGIN
    -- Returns what the forecast learns from: revenue or completed orders, day after day, 0 on days without an order, for three
    -- years of 52 weeks at most, and the completed orders of the same days. Empty arrays when there is no whole day.
    --
    -- The newest day with an order, up to config.clock.as_of, may still be filling up, today or in a file exported at noon: the
    -- history ends the day before. Days after it are not taken for days without sales: they may not be loaded yet.
    --
    -- p_measure  'revenue' or 'orders'
    SELECT max(d.sale_date) - 1
    INTO last_day
    FROM rollup.days AS d
    INNER JOIN config.clock AS k ON d.sale_date <= k.as_of;
    SELECT
        coalesce(
            array_agg(
                coalesce(CASE p_measure WHEN 'revenue' THEN d.total_revenue ELSE d.completed_orders END, 0)::double precision
                ORDER BY g.day
            ),
            '{}'
        ),
        coalesce(array_agg(coalesce(d.completed_orders, 0)::double precision ORDER BY g.day), '{}')
    INTO day_values, orders
    FROM (SELECT min(d.sale_date) AS first_day FROM rollup.days AS d) AS f
    CROSS JOIN generate_series(
        greatest(f.first_day, last_day - 1091)::timestamp, last_day::timestamp, interval '1 day'
    ) AS g (day)
    LEFT JOIN rollup.days AS d ON g.day = d.sale_date;
END
$$;
