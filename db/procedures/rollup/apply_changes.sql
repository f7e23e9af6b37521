CREATE OR REPLACE FUNCTION rollup.apply_changes()
RETURNS bigint
LANGUAGE plpgsql
AS $$
DECLARE
    v_due record;
BEGIN
    -- Takes the marks and notes the customers and days that are due because of them for rollup.apply_deferred(), which counts them
    -- again, and for the views of live, which count these days when they are asked for; returns how many are due. Nothing is added
    -- or subtracted, so it may run twice, late, or after a crash and still be exact. Takes the lock "data".
    PERFORM pg_advisory_xact_lock(ops.lock_key('data'));

    SELECT * INTO v_due FROM rollup.take_marks();
    IF v_due.is_everything THEN
        INSERT INTO rollup.changed DEFAULT VALUES;
        RETURN 0;
    END IF;
    INSERT INTO rollup.changed (customer_id)
    SELECT c.customer_id
    FROM unnest(v_due.customers) AS c (customer_id);
    INSERT INTO rollup.changed (sale_date)
    SELECT d.sale_date
    FROM unnest(v_due.days) AS d (sale_date);
    RETURN coalesce(cardinality(v_due.customers), 0) + coalesce(cardinality(v_due.days), 0);
END
$$;
