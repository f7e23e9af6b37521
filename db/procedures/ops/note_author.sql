CREATE OR REPLACE FUNCTION ops.note_author()
RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    -- Before a row of ops.audit is added by anybody but its owner: who adds it and when is what the server knows, whatever the
    -- statement says, and of what the pipeline itself notes with its owner's rights nothing can be added.
    IF EXISTS (
        SELECT FROM pg_catalog.pg_class AS c
        WHERE c.oid = TG_RELID AND pg_catalog.pg_has_role(current_user, c.relowner, 'MEMBER')
    ) THEN
        RETURN NEW;
    END IF;
    IF NEW.kind NOT IN ('load', 'refresh', 'operation') THEN
        RAISE EXCEPTION USING
            ERRCODE = 'insufficient_privilege',
            MESSAGE = format('rows of kind %L are added to %I.%I by the pipeline alone', NEW.kind, TG_TABLE_SCHEMA, TG_TABLE_NAME);
    END IF;
    NEW.user_name := session_user;
    NEW.acted_as := nullif(nullif(current_setting('role'), 'none'), session_user::text);
    NEW.happened_at := clock_timestamp();
    RETURN NEW;
END
$$;

CREATE OR REPLACE TRIGGER note_author BEFORE INSERT ON ops.audit
FOR EACH ROW EXECUTE FUNCTION ops.note_author();
