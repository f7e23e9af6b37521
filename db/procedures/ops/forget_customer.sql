CREATE OR REPLACE PROCEDURE ops.forget_customer(p_customer_id text)
LANGUAGE plpgsql
AS $$
DECLARE
    v_table regclass;
    v_tables regclass[];
BEGIN
    -- Forgets who a customer is, by the right to be forgotten: name and e-mail address, here, in what was published, in every
    -- row and message that was kept of loads and runs, and in the planner's statistics. The customer's orders stay, under the id
    -- alone, so that no total changes. Later loads of the customer bring no name back. Waits for a load or refresh under way,
    -- COMMITs, then publishes by refresh_analytics(); so it must be called outside a transaction block, by the owner. What it
    -- does is in routines whose search path is pinned, because a procedure with a SET clause cannot COMMIT.
    CALL ops.forget_identity(p_customer_id);
    COMMIT;
    -- A refresh under way may not have seen it yet.
    PERFORM pg_catalog.pg_advisory_lock(ops.lock_key('run'));
    PERFORM pg_catalog.pg_advisory_unlock(ops.lock_key('run'));
    CALL public.refresh_analytics();
    CALL ops.require_forgotten(p_customer_id);
    COMMIT;
    -- One lock at a time, so that nobody waits for us who holds another.
    v_tables := ops.personal_tables();
    FOREACH v_table IN ARRAY v_tables LOOP
        CALL ops.forget_statistics(v_table);
        COMMIT;
    END LOOP;
END
$$;

COMMENT ON PROCEDURE ops.forget_customer (text) IS 'Forgets name and e-mail address of a customer everywhere; totals stay.';
