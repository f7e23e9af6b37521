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
DECLARE
    v_end integer := (p_until + 1 - DATE '2001-01-01') / 7;
    v_first integer;
BEGIN
    -- What predict.estimate_elasticities() needs of each product's whole weeks in pg_temp.price_week, Monday to Sunday, up to the end of a
    -- day: how many, units and prices, and the sums of squares and products about the mean of y, x, t = week and s.
    SELECT greatest(v_end - s.history_weeks, (SELECT (min(d.sale_date) - DATE '2001-01-01' + 6) / 7 FROM rollup.days AS d))
    INTO STRICT v_first
    FROM config.pricing AS s;

    RETURN QUERY
    SELECT
        e.product_id,
        count(*) AS weeks,
        avg(e.units)::numeric AS weekly_units,
        count(DISTINCT e.price) AS prices,
        exp(max(e.x) - min(e.x)) - 1 AS price_range,
        regr_syy(e.y, e.x) AS yy,
        regr_sxx(e.y, e.x) AS xx,
        regr_sxx(e.y, e.week) AS tt,
        regr_sxx(e.y, e.s) AS ss,
        regr_sxy(e.y, e.x) AS xy,
        regr_sxy(e.y, e.week) AS ty,
        regr_sxy(e.y, e.s) AS sy,
        regr_sxy(e.x, e.week) AS tx,
        regr_sxy(e.x, e.s) AS sx,
        regr_sxy(e.week, e.s) AS st
    FROM pg_temp.price_week AS e
    WHERE e.week >= v_first AND e.week < v_end
    GROUP BY e.product_id;
END
$$;
