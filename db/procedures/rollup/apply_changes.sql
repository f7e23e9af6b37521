CREATE OR REPLACE FUNCTION rollup.apply_changes()
RETURNS bigint
LANGUAGE plpgsql
AS $$
DECLARE
    v_due record;
BEGIN
    -- Takes the marks, recounts the rollups "at once" for just the customers and days that are due, and notes these for
    -- rollup.apply_deferred(), which does the rollups "at refresh"; returns how many are due. Nothing is added or subtracted, so
    -- it may run twice, late, or after a crash and still be exact. Takes the lock "data".
    PERFORM pg_advisory_xact_lock(ops.lock_key('data'));

    SELECT * INTO v_due FROM rollup.take_marks();
    IF v_due.is_everything THEN
        INSERT INTO rollup.changed DEFAULT VALUES;
        RETURN rollup.recount_groups('customer_id at once') + rollup.recount_groups('sale_date at once');
    END IF;
    CALL rollup.apply_groups('customer_id at once', v_due.customers);
    CALL rollup.apply_groups('sale_date at once', v_due.days);

    INSERT INTO rollup.changed (customer_id)
    SELECT c.customer_id
    FROM unnest(v_due.customers) AS c (customer_id);
    INSERT INTO rollup.changed (sale_date)
    SELECT d.sale_date
    FROM unnest(v_due.days) AS d (sale_date);
    RETURN coalesce(cardinality(v_due.customers), 0) + coalesce(cardinality(v_due.days), 0);
END
$$;
