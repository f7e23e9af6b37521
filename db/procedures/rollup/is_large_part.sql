CREATE OR REPLACE FUNCTION rollup.is_large_part(p_group_column text, p_groups integer)
RETURNS boolean
LANGUAGE plpgsql
AS $$
DECLARE
    v_enough bigint := 4 * p_groups;
    v_known bigint;
BEGIN
    -- Are so many groups of a kind due that counting all of them is cheaper? From a quarter of the known ones on; a handful is
    -- never a large part. Counts no further than it must, so that the answer takes no longer when the shop has grown.
    IF p_groups < 12 THEN
        RETURN false;
    END IF;
    v_known := CASE p_group_column
        WHEN 'customer_id' THEN (SELECT count(*) FROM (SELECT FROM rollup.customers LIMIT v_enough + 1) AS c)
        WHEN 'sale_date' THEN (SELECT count(*) FROM rollup.days)
        WHEN 'sale_month' THEN (SELECT count(DISTINCT date_trunc('month', d.sale_date::timestamp)) FROM rollup.days AS d)
    END;
    RETURN v_known <= v_enough;
END
$$;
