CREATE OR REPLACE PROCEDURE predict.group_purchases()
LANGUAGE plpgsql
SET work_mem = '256MB'
SET jit = off
SET client_min_messages = warning
AS $$
BEGIN
    -- Makes of pg_temp.purchase_history the temporary tables that predict.purchase_likelihood() reads:
    --   purchase_cell  one row per distinct (x, t_x, T) of Fader, Hardie & Lee (2005) with the customers who have it: x purchase days
    --                  after the first, the last of them t_x and the end T weeks after it. In an order as if drawn at random: the
    --                  first 2,000 rows are the sample.
    --   purchase_tail  one row per i = 0, 1, …: customers with x > i, and those of the sample
    DROP TABLE IF EXISTS pg_temp.purchase_cell, pg_temp.purchase_tail;

    CREATE TEMPORARY TABLE purchase_cell ON COMMIT DROP AS
    SELECT
        h.repeat_days::double precision AS x,
        h.last_day / 7.0::double precision AS t_x,
        h.age_days / 7.0::double precision AS t_total,
        count(*)::double precision AS customers
    FROM pg_temp.purchase_history AS h
    GROUP BY h.repeat_days, h.last_day, h.age_days
    ORDER BY
        (h.repeat_days * 7919::bigint + h.last_day * 104729::bigint + h.age_days * 1299709::bigint) % 10007,
        h.repeat_days,
        h.last_day,
        h.age_days;

    CREATE TEMPORARY TABLE purchase_tail ON COMMIT DROP AS
    WITH

    counted AS (
        SELECT
            c.x,
            sum(c.customers) AS customers,
            coalesce(sum(c.customers) FILTER (WHERE c.place <= 2000), 0) AS sampled
        FROM (SELECT p.*, row_number() OVER () AS place FROM pg_temp.purchase_cell AS p) AS c
        GROUP BY c.x
    )

    SELECT
        i.number::double precision AS i,
        sum(c.customers) AS customers,
        sum(c.sampled) AS sampled
    FROM counted AS c
    CROSS JOIN LATERAL generate_series(0, c.x::integer - 1) AS i (number)
    GROUP BY i.number;
END
$$;
