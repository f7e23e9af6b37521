CREATE OR REPLACE FUNCTION rollup.apply_changes()
RETURNS bigint
LANGUAGE plpgsql
AS $$
DECLARE
    v_due record;
BEGIN
    -- Takes the marks and recounts just the customers and days that are due from staging; returns how many groups that were.
    -- Nothing is added or subtracted, so it may run twice, late, or after a crash and still be exact. Takes the lock "data".
    PERFORM pg_advisory_xact_lock(ops.lock_key('data'));

    SELECT * INTO v_due FROM rollup.take_marks();
    IF v_due.is_everything THEN
        RETURN rollup.recount();
    END IF;
    CALL rollup.apply_groups('customer_id', v_due.customers);
    CALL rollup.apply_groups('sale_date', v_due.days);

    INSERT INTO rollup.changed_day (sale_date)
    SELECT d.sale_date
    FROM unnest(v_due.days) AS d (sale_date)
    ON CONFLICT DO NOTHING;
    RETURN coalesce(cardinality(v_due.customers), 0) + coalesce(cardinality(v_due.days), 0);
END
$$;
