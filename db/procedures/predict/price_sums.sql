CREATE OR REPLACE FUNCTION predict.price_sums(p_until date)
RETURNS TABLE (
    product_id text,
    weeks bigint,
    weekly_units numeric,
    prices bigint,
    price_range double precision,
    yy double precision,
    xx double precision,
    tt double precision,
    ss double precision,
    xy double precision,
    ty double precision,
    sy double precision,
    tx double precision,
    sx double precision,
    st double precision
)
LANGUAGE plpgsql
SET work_mem = '256MB'
SET jit = off
AS $$
#variable_conflict use_column
BEGIN
    -- What predict.estimate_elasticities() needs of each product's whole weeks, Monday to Sunday, up to the end of a day: how many, units and
    -- prices, and the sums of squares and products about the mean of y = ln(units), x = ln(average price paid), t = week,
    -- s = ln(1 + units of all other products).
    RETURN QUERY
    WITH

    -- Weeks are numbered from a Monday.
    span AS MATERIALIZED (
        SELECT
            s.*,
            (p_until + 1 - DATE '2001-01-01') / 7 - 1 AS last_week,
            greatest(
                (p_until + 1 - DATE '2001-01-01') / 7 - s.history_weeks,
                (SELECT (min(d.sale_date) - DATE '2001-01-01' + 6) / 7 FROM rollup.days AS d)
            ) AS first_week
        FROM config.pricing AS s
    ),

    weeks AS MATERIALIZED (
        SELECT
            d.product_id,
            (d.sale_date - DATE '2001-01-01') / 7 AS week,
            sum(d.quantity_sold::double precision) AS units,
            sum(d.total_revenue) AS revenue
        FROM rollup.product_days AS d
        CROSS JOIN span AS s
        WHERE
            d.quantity_sold > 0
            AND d.sale_date >= DATE '2001-01-01' + 7 * s.first_week
            AND d.sale_date < DATE '2001-01-01' + 7 * (s.last_week + 1)
        GROUP BY d.product_id, (d.sale_date - DATE '2001-01-01') / 7
    ),

    shop AS (
        SELECT
            w.week,
            sum(w.units) AS units
        FROM weeks AS w
        GROUP BY w.week
    ),

    seen AS (
        SELECT
            w.product_id,
            w.units,
            round(w.revenue / w.units::numeric, 2) AS price,
            ln(w.units) AS y,
            ln(w.revenue::double precision / w.units) AS x,
            w.week::double precision AS t,
            ln(1 + s.units - w.units) AS s
        FROM weeks AS w
        INNER JOIN shop AS s ON w.week = s.week
        WHERE w.revenue > 0
    )

    SELECT
        e.product_id,
        count(*) AS weeks,
        avg(e.units)::numeric AS weekly_units,
        count(DISTINCT e.price) AS prices,
        exp(max(e.x) - min(e.x)) - 1 AS price_range,
        regr_syy(e.y, e.x) AS yy,
        regr_sxx(e.y, e.x) AS xx,
        regr_sxx(e.y, e.t) AS tt,
        regr_sxx(e.y, e.s) AS ss,
        regr_sxy(e.y, e.x) AS xy,
        regr_sxy(e.y, e.t) AS ty,
        regr_sxy(e.y, e.s) AS sy,
        regr_sxy(e.x, e.t) AS tx,
        regr_sxy(e.x, e.s) AS sx,
        regr_sxy(e.t, e.s) AS st
    FROM seen AS e
    GROUP BY e.product_id;
END
$$;
