CREATE OR REPLACE PROCEDURE predict.take_price_weeks(p_until date)
LANGUAGE plpgsql
SET work_mem = '256MB'
SET jit = off
SET parallel_tuple_cost = 0
SET client_min_messages = warning
AS $$
BEGIN
    -- Makes the temporary table price_week, what elasticities are found from: one row per product and week in which it was sold for
    -- money, of the weeks that a fit at the end of a day and its back-test look at. Weeks begin on Monday and are numbered from that of
    -- 2001-01-01. y = ln(units), x = ln(average price paid), s = ln(1 + units of all other products). Once for both: reading the days
    -- takes longer than all that follows.
    DROP TABLE IF EXISTS pg_temp.price_week;
    CREATE TEMPORARY TABLE price_week ON COMMIT DROP AS
    WITH

    weeks AS MATERIALIZED (
        SELECT
            d.product_id,
            (d.sale_date - DATE '2001-01-01') / 7 AS week,
            sum(d.quantity_sold::double precision) AS units,
            sum(d.total_revenue) AS revenue
        FROM rollup.product_days AS d
        WHERE
            d.quantity_sold > 0
            AND d.sale_date <= p_until
            AND d.sale_date >= p_until - 7 - (
                SELECT s.holdout_days + 7 * p.history_weeks
                FROM config.prediction AS s
                CROSS JOIN config.pricing AS p
            )
        GROUP BY d.product_id, (d.sale_date - DATE '2001-01-01') / 7
    ),

    shop AS (
        SELECT
            w.week,
            sum(w.units) AS units
        FROM weeks AS w
        GROUP BY w.week
    )

    SELECT
        w.product_id,
        w.week,
        w.units,
        round(w.revenue / w.units::numeric, 2) AS price,
        ln(w.units) AS y,
        ln(w.revenue::double precision / w.units) AS x,
        ln(1 + s.units - w.units) AS s
    FROM weeks AS w
    INNER JOIN shop AS s ON w.week = s.week
    WHERE w.revenue > 0;

    ANALYZE pg_temp.price_week;
END
$$;
