CREATE OR REPLACE FUNCTION predict.demand_weeks(p_until date)
RETURNS TABLE (
    product_id text,
    age integer,
    units double precision,
    number bigint,
    gap integer,
    rise double precision,
    fall double precision
)
LANGUAGE plpgsql
ROWS 200000
SET work_mem = '256MB'
SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    v_before date;
BEGIN
    -- The weeks with a sale of each product, of the last config.demand.history_weeks that end with p_until: one row per product and week.
    --
    -- age     weeks before the last one, which is 0
    -- number  1 for the first week with a sale
    -- gap     weeks since the one before; NULL for the first
    -- rise    squared difference of the units from those of the week before; 0 for the first
    -- fall    squared difference of the week after from it, where nothing is sold then; otherwise that is the rise of the next
    SELECT p_until - 7 * c.history_weeks INTO STRICT v_before FROM config.demand AS c;
    RETURN QUERY
    WITH

    weeks AS (
        SELECT
            d.product_id,
            (p_until - d.sale_date) / 7 AS age,
            sum(d.quantity_sold::double precision) AS units
        FROM rollup.product_days AS d
        WHERE
            d.quantity_sold > 0
            AND d.sale_date <= p_until
            AND d.sale_date > v_before
        GROUP BY d.product_id, (p_until - d.sale_date) / 7
    )

    SELECT
        w.product_id,
        w.age,
        w.units,
        row_number() OVER product AS number,
        lag(w.age) OVER product - w.age AS gap,
        CASE lag(w.age) OVER product - w.age
            WHEN 1 THEN power(w.units - lag(w.units) OVER product, 2)
            ELSE w.units * w.units * least(row_number() OVER product - 1, 1)
        END AS rise,
        CASE WHEN w.age - coalesce(lead(w.age) OVER product, -1) > 1 THEN w.units * w.units ELSE 0 END AS fall
    FROM weeks AS w
    WINDOW product AS (PARTITION BY w.product_id ORDER BY w.age DESC);
END
$$;
