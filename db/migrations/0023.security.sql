-- Who may do what; what hides personal data; who was forgotten.

-- Roles belong to the cluster. A user who may not create roles goes on without: ops.settle_rights() gives rights to those that
-- are there. The grant to oneself is what lets a user who is no superuser hand the objects over to the owner.
DO $$
DECLARE
    v_role text;
BEGIN
    FOREACH v_role IN ARRAY '{pipeline_owner, pipeline_runner, pipeline_analyst, pipeline_pii}'::text[] LOOP
        BEGIN
            IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = v_role) THEN
                EXECUTE format('CREATE ROLE %I NOLOGIN', v_role);
            END IF;
        EXCEPTION
            WHEN duplicate_object OR unique_violation OR insufficient_privilege THEN
                NULL;
        END;
    END LOOP;
    IF NOT pg_has_role('pipeline_owner', 'USAGE') THEN
        GRANT pipeline_owner TO CURRENT_USER;
    END IF;
EXCEPTION
    WHEN undefined_object OR insufficient_privilege THEN
        NULL;
END
$$;

CREATE TABLE IF NOT EXISTS ops.salt (
    is_only_row boolean NOT NULL DEFAULT true,
    salt text NOT NULL,
    CONSTRAINT salt_pkey PRIMARY KEY (is_only_row),
    CONSTRAINT salt_is_only_row_check CHECK (is_only_row)
);
COMMENT ON TABLE ops.salt IS 'One row: what is hashed together with personal data. Nobody but the owner reads it.';
COMMENT ON COLUMN ops.salt.salt IS 'Made at installation. With another one all hashes are others, and nobody stays forgotten.';
INSERT INTO ops.salt (salt)
SELECT encode(sha256(convert_to(concat(gen_random_uuid(), gen_random_uuid()), 'UTF8')), 'hex')
ON CONFLICT DO NOTHING;

CREATE TABLE IF NOT EXISTS ops.forgotten_customer (
    customer_hash text COLLATE "C" NOT NULL,
    forgotten_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    forgotten_by text NOT NULL DEFAULT session_user,
    CONSTRAINT forgotten_customer_pkey PRIMARY KEY (customer_hash)
);
COMMENT ON TABLE ops.forgotten_customer IS
'One row per customer whom ops.forget_customer() forgot: later loads leave out the name and the e-mail address.';
COMMENT ON COLUMN ops.forgotten_customer.customer_hash IS 'SHA-256 of ops.salt and customer_id.';
COMMENT ON COLUMN ops.forgotten_customer.forgotten_at IS 'When.';
COMMENT ON COLUMN ops.forgotten_customer.forgotten_by IS 'Who was logged in.';
