CREATE OR REPLACE FUNCTION rollup.is_large_part(p_occasion text, p_groups integer)
RETURNS boolean
LANGUAGE plpgsql
AS $$
DECLARE
    v_enough bigint := 4 * p_groups;
    v_known bigint;
BEGIN
    -- Are so many groups due on an occasion that counting all of them is cheaper? From a quarter of the known ones on; a handful
    -- is never a large part. Counts no further than it must, so that the answer takes no longer when the shop has grown.
    IF p_groups < 12 THEN
        RETURN false;
    END IF;
    v_known := CASE
        WHEN p_occasion LIKE 'customer_id %' THEN (SELECT count(*) FROM (SELECT FROM rollup.customers LIMIT v_enough + 1) AS c)
        WHEN p_occasion = 'after pair_days' THEN (SELECT count(*) FROM (SELECT FROM rollup.pair_days LIMIT v_enough + 1) AS p)
        WHEN p_occasion LIKE 'sale_month %' THEN
            (SELECT count(DISTINCT date_trunc('month', d.sale_date::timestamp)) FROM rollup.days AS d)
        ELSE (SELECT count(*) FROM rollup.days)
    END;
    RETURN v_known <= v_enough;
END
$$;
