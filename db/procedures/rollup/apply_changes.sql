CREATE OR REPLACE FUNCTION rollup.apply_changes()
RETURNS bigint
LANGUAGE plpgsql
AS $$
DECLARE
    v_customers text[];
    v_days date[];
BEGIN
    -- Takes the marks and recounts just the marked customers and days from staging; returns how many groups that were.
    -- Nothing is added or subtracted, so it may run twice, late, or after a crash and still be exact. Takes the lock "data".
    PERFORM pg_advisory_xact_lock(ops.lock_key('data'));

    WITH taken AS (DELETE FROM rollup.dirty_customer RETURNING customer_id)
    SELECT array_agg(DISTINCT t.customer_id) INTO v_customers FROM taken AS t;

    WITH taken AS (DELETE FROM rollup.dirty_day RETURNING sale_date)
    SELECT array_agg(DISTINCT t.sale_date) INTO v_days FROM taken AS t;

    IF rollup.is_large_part(cardinality(v_customers), 'rollup.customers') THEN
        PERFORM rollup.recount_groups('customer_id');
    ELSIF v_customers IS NOT NULL THEN
        PERFORM rollup.replace_groups('customer_id', v_customers);
    END IF;

    IF rollup.is_large_part(cardinality(v_days), 'rollup.days') THEN
        PERFORM rollup.recount_groups('sale_date');
    ELSIF v_days IS NOT NULL THEN
        PERFORM rollup.replace_groups('sale_date', v_days);
    END IF;

    RETURN coalesce(cardinality(v_customers), 0) + coalesce(cardinality(v_days), 0);
END
$$;
