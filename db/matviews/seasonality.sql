CREATE MATERIALIZED VIEW analytics.seasonality AS
WITH

places AS (
    SELECT
        'weekday' AS pattern,
        p.place::smallint AS place,
        to_char(date '2024-01-01' + p.place - 1, 'FMDay') AS label
    FROM generate_series(1, 7) AS p (place)
    UNION ALL
    SELECT
        'month' AS pattern,
        p.place::smallint AS place,
        to_char(make_date(2024, p.place, 1), 'FMMonth') AS label
    FROM generate_series(1, 12) AS p (place)
    UNION ALL
    SELECT
        'hour' AS pattern,
        p.place::smallint AS place,
        to_char(p.place, 'FM00') || ':00' AS label
    FROM generate_series(0, 23) AS p (place)
),

-- The level of a day, free of the pattern: the average over one whole turn of it, with the day in the middle.
days AS (
    SELECT
        d.sale_date,
        d.completed_orders,
        d.total_revenue,
        CASE WHEN count(*) OVER week = 7 THEN avg(d.total_revenue) OVER week END AS week_level,
        CASE WHEN count(*) OVER year = 365 THEN avg(d.total_revenue) OVER year END AS year_level
    FROM analytics.daily_sales AS d
    INNER JOIN config.clock AS k ON d.sale_date <= k.last_whole_day
    WINDOW
        week AS (ORDER BY d.sale_date ROWS BETWEEN 3 PRECEDING AND 3 FOLLOWING),
        year AS (ORDER BY d.sale_date ROWS BETWEEN 182 PRECEDING AND 182 FOLLOWING)
),

-- Hours are known when some order is not of midnight: files may have dates alone.
observations AS (
    SELECT
        'weekday' AS pattern,
        extract(ISODOW FROM d.sale_date)::smallint AS place,
        d.completed_orders,
        d.total_revenue,
        d.week_level AS level
    FROM days AS d
    UNION ALL
    SELECT
        'month' AS pattern,
        extract(MONTH FROM d.sale_date)::smallint AS place,
        d.completed_orders,
        d.total_revenue,
        d.year_level AS level
    FROM days AS d
    UNION ALL
    SELECT
        'hour' AS pattern,
        p.place,
        coalesce(h.completed_orders, 0) AS completed_orders,
        coalesce(h.total_revenue, 0) AS total_revenue,
        d.total_revenue / 24 AS level
    FROM days AS d
    INNER JOIN places AS p ON p.pattern = 'hour'
    LEFT JOIN rollup.day_hours AS h ON d.sale_date = h.sale_date AND p.place = h.order_hour
    WHERE (SELECT max(t.order_hour) FILTER (WHERE t.completed_orders > 0) FROM rollup.day_hours AS t) > 0
),

sums AS (
    SELECT
        o.pattern,
        o.place,
        count(*) AS observations,
        sum(o.completed_orders) AS completed_orders,
        sum(o.total_revenue) AS total_revenue,
        sum(o.total_revenue) / sum(o.level) AS height,
        sum(o.total_revenue / o.level) AS ratios,
        sum((o.total_revenue / o.level) ^ 2) AS squares
    FROM observations AS o
    WHERE o.level > 0
    GROUP BY o.pattern, o.place
),

indices AS (
    SELECT
        p.pattern,
        p.place,
        p.label,
        s.observations,
        s.completed_orders,
        s.total_revenue,
        s.ratios,
        s.squares,
        CASE
            WHEN count(s.height) OVER (PARTITION BY p.pattern) = count(*) OVER (PARTITION BY p.pattern)
                THEN s.height / avg(s.height) OVER (PARTITION BY p.pattern)
        END AS factor
    FROM places AS p
    LEFT JOIN sums AS s ON p.pattern = s.pattern AND p.place = s.place
),

-- Variance of all ratios, and of what the indices leave of them.
variances AS (
    SELECT
        i.pattern,
        sum(i.squares) / sum(i.observations) - (sum(i.ratios) / sum(i.observations)) ^ 2 AS whole,
        sum(i.squares - 2 * i.factor * i.ratios + i.observations * i.factor ^ 2) / sum(i.observations)
        - (sum(i.ratios - i.observations * i.factor) / sum(i.observations)) ^ 2 AS rest
    FROM indices AS i
    GROUP BY i.pattern
    HAVING count(i.factor) = count(*)
)

SELECT
    i.pattern,
    i.place,
    i.label,
    coalesce(i.observations, 0) AS observations,
    (i.completed_orders / nullif(i.observations, 0))::numeric(18, 2) AS avg_orders,
    (i.total_revenue / nullif(i.observations, 0))::numeric(18, 2) AS avg_revenue,
    (100 * i.factor)::numeric(8, 2) AS revenue_index,
    CASE WHEN round(v.whole, 12) > 0 THEN greatest(0, 1 - v.rest / v.whole) END::numeric(5, 4) AS pattern_strength
FROM indices AS i
LEFT JOIN variances AS v ON i.pattern = v.pattern;

CREATE UNIQUE INDEX seasonality_pattern_place_key ON analytics.seasonality (pattern, place);

COMMENT ON MATERIALIZED VIEW analytics.seasonality IS
'One row per weekday, month of the year and hour of the day: ratio to moving average, the classical decomposition (Hyndman and '
'Athanasopoulos, Forecasting: Principles and Practice, 3rd ed., 3.4), over the days up to config.clock.last_whole_day.';
COMMENT ON COLUMN analytics.seasonality.pattern IS 'Key. weekday, month or hour.';
COMMENT ON COLUMN analytics.seasonality.place IS 'Key. Weekday 1 (Monday) to 7, month 1 to 12, hour 0 to 23.';
COMMENT ON COLUMN analytics.seasonality.label IS 'Name of the weekday, month or hour.';
COMMENT ON COLUMN analytics.seasonality.observations IS
'Days that could be compared with their level: the average revenue of the 7 (weekday) or 365 (month) days around the day, or of '
'the day''s 24 hours. Days without such a whole turn, or with a level of zero, are left out; so are all hours, where every '
'order is of midnight, because the files have no times.';
COMMENT ON COLUMN analytics.seasonality.avg_orders IS
'Completed orders of a day (weekday, month) or an hour (hour): completed_orders / observations.';
COMMENT ON COLUMN analytics.seasonality.avg_revenue IS
'Revenue of a day (weekday, month) or an hour (hour): total_revenue / observations.';
COMMENT ON COLUMN analytics.seasonality.revenue_index IS
'Seasonal index, 100 is average: revenue / level, both summed over the observations, brought to a mean of 100; NULL while a '
'place of the pattern has no observation. Months need two years.';
COMMENT ON COLUMN analytics.seasonality.pattern_strength IS
'Strength of the pattern, 0 none to 1 nothing else: 1 - variance of (revenue / level - revenue_index / 100) / variance of '
'(revenue / level); not below 0, NULL when nothing varies (Wang, Smith and Hyndman 2006; as above, 4.3).';
