CREATE OR REPLACE FUNCTION ops.refuse_change()
RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    -- Keeps ops.audit append-only for everybody but its owner, whatever rights were granted.
    IF NOT EXISTS (
        SELECT FROM pg_catalog.pg_class AS c
        WHERE c.oid = TG_RELID AND pg_catalog.pg_has_role(current_user, c.relowner, 'MEMBER')
    ) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'insufficient_privilege',
            MESSAGE = format('rows of %I.%I are only added', TG_TABLE_SCHEMA, TG_TABLE_NAME),
            HINT = 'ops.maintain(), run by the owner, forgets old ones.';
    END IF;
    RETURN NULL;
END
$$;

CREATE OR REPLACE TRIGGER refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON ops.audit
FOR EACH STATEMENT EXECUTE FUNCTION ops.refuse_change();
