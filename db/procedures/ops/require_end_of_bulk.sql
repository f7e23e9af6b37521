CREATE OR REPLACE FUNCTION ops.require_end_of_bulk()
RETURNS trigger
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- Lets no transaction commit in which staging.begin_bulk() took the keys of staging away and staging.end_bulk() did not put them
    -- back. With its owner's rights, because nobody else reads ops.bulk_step.
    IF EXISTS (SELECT FROM ops.bulk_step) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'integrity_constraint_violation',
            MESSAGE = 'a bulk load was begun and not ended: the keys of staging would be lost',
            HINT = 'CALL staging.end_bulk() before COMMIT.';
    END IF;
    RETURN NULL;
END
$$;

REVOKE ALL ON FUNCTION ops.require_end_of_bulk() FROM public;

-- There is no CREATE OR REPLACE for one that waits for the COMMIT.
DROP TRIGGER IF EXISTS require_end_of_bulk ON ops.bulk_step;
CREATE CONSTRAINT TRIGGER require_end_of_bulk AFTER INSERT ON ops.bulk_step
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ops.require_end_of_bulk();
