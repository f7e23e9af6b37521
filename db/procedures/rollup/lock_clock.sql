CREATE OR REPLACE FUNCTION rollup.lock_clock()
RETURNS trigger
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- Before the clock moves, takes the lock "data" until the transaction ends: whose windows move is looked up at once, and an
    -- order that comes after that must not be counted by the old day.
    PERFORM pg_advisory_xact_lock(ops.lock_key('data'));
    RETURN NULL;
END
$$;

REVOKE ALL ON FUNCTION rollup.lock_clock() FROM public;

CREATE OR REPLACE TRIGGER lock_moved BEFORE UPDATE OF as_of ON config.clock
FOR EACH STATEMENT EXECUTE FUNCTION rollup.lock_clock();
