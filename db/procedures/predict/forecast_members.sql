CREATE OR REPLACE FUNCTION predict.forecast_members(
    p_values double precision[],
    p_is_open boolean[],
    p_horizon integer
)
RETURNS TABLE (method text, horizon_days integer, is_open boolean, expected double precision)
LANGUAGE plpgsql
IMMUTABLE
AS $$
DECLARE
    v_count integer := cardinality(p_values);
    v_factors double precision[] := coalesce(predict.yearly_factors(p_values), array_fill(1::double precision, '{52}'));
    v_period integer := (SELECT count(*) FROM unnest(p_is_open) AS o (is_open) WHERE o.is_open);
    v_values double precision[];
    v_smoothed double precision[];
    v_theta double precision[];
BEGIN
    -- Forecasts daily values by four methods and by their median, which is "ensemble":
    --
    -- seasonal_naive  the value of the same weekday in the last week, as it was
    -- weekday_mean    mean of the last four same weekdays
    -- smoothing       predict.forecast_smoothing()
    -- theta           predict.forecast_theta()
    --
    -- All but the first see the last 52 weeks without the weekdays on which the shop is closed, so that a week is as long as it
    -- has open days, and without the yearly season. Nothing is forecast below 0.
    --
    -- p_values   day after day without a gap
    -- p_is_open  predict.open_weekdays()
    SELECT array_agg(d.value / v_factors[(v_count - d.position) / 7 % 52 + 1] ORDER BY d.position)
    INTO v_values
    FROM unnest(p_values) WITH ORDINALITY AS d (value, position)
    WHERE v_count - d.position < 364 AND p_is_open[(v_count - d.position) % 7 + 1];
    v_smoothed := predict.forecast_smoothing(v_values, v_period, p_horizon);
    v_theta := predict.forecast_theta(v_values, v_period, p_horizon);

    RETURN QUERY
    WITH

    calendar AS (
        SELECT
            g.day,
            v_count - 6 + (g.day - 1) % 7 AS week_before,
            v_factors[52 - (g.day - 1) / 7 % 52] AS factor,
            p_is_open[(7 - g.day % 7) % 7 + 1] AS is_open,
            (count(*) FILTER (WHERE p_is_open[(7 - g.day % 7) % 7 + 1]) OVER (ORDER BY g.day))::integer AS step
        FROM generate_series(1, p_horizon) AS g (day)
    ),

    members AS (
        SELECT
            c.day,
            c.is_open,
            m.method,
            greatest(0, m.expected) AS expected
        FROM calendar AS c
        CROSS JOIN LATERAL (
            VALUES
            ('seasonal_naive', p_values[c.week_before]),
            (
                'weekday_mean',
                CASE WHEN c.is_open THEN c.factor * (
                    SELECT avg(v_values[cardinality(v_values) - s.week * v_period + (c.step - 1) % v_period + 1])
                    FROM generate_series(1, 4) AS s (week)
                ) ELSE 0 END
            ),
            ('smoothing', CASE WHEN c.is_open THEN c.factor * v_smoothed[c.step] ELSE 0 END),
            ('theta', CASE WHEN c.is_open THEN c.factor * v_theta[c.step] ELSE 0 END)
        ) AS m (method, expected)
    )

    SELECT
        m.method,
        m.day,
        m.is_open,
        m.expected
    FROM members AS m
    UNION ALL
    SELECT
        'ensemble' AS method,
        m.day,
        m.is_open,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY m.expected) AS expected
    FROM members AS m
    GROUP BY m.day, m.is_open;
END
$$;
