CREATE OR REPLACE PROCEDURE predict.take_histories(p_until date)
LANGUAGE plpgsql
SET work_mem = '256MB'
SET jit = off
SET client_min_messages = warning
AS $$
BEGIN
    -- Makes the temporary table purchase_history, what models of customers are fitted on, with what was known at the end of a day: one
    -- row per customer who had bought by then. Days with a purchase after the first, and their revenue; days from the first one to
    -- the last one, and to p_until.
    DROP TABLE IF EXISTS pg_temp.purchase_history;
    CREATE TEMPORARY TABLE purchase_history ON COMMIT DROP AS
    SELECT
        d.customer_id,
        (count(*) - 1)::integer AS repeat_days,
        max(d.sale_date) - min(d.sale_date) AS last_day,
        p_until - min(d.sale_date) AS age_days,
        coalesce(sum(d.total_revenue) FILTER (WHERE d.sale_date > d.first_order_date), 0) AS repeat_revenue
    FROM rollup.customer_days AS d
    WHERE d.sale_date <= p_until
    GROUP BY d.customer_id;

    ANALYZE pg_temp.purchase_history;
END
$$;
