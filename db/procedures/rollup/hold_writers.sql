CREATE OR REPLACE PROCEDURE rollup.hold_writers()
LANGUAGE plpgsql
AS $$
BEGIN
    -- Holds up whoever writes to staging until the transaction ends, so that all rollups are counted from the same rows: outside a
    -- refresh, which has one snapshot, each statement sees what was committed before it. First the lock "data", as loads do.
    PERFORM pg_advisory_xact_lock(ops.lock_key('data'));
    LOCK TABLE staging.customers, staging.products, staging.orders, staging.order_items, staging.product_prices,
    staging.inventory IN SHARE MODE;
END
$$;
