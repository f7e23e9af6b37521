-- The audit says what was run and as which role, changes of roles too; nobody but the owner shortens it.

ALTER TABLE ops.audit
ADD COLUMN IF NOT EXISTS acted_as text,
ADD COLUMN IF NOT EXISTS statement text;
ALTER TABLE ops.audit ALTER COLUMN acted_as
SET DEFAULT nullif(nullif(current_setting('role', true), 'none'), session_user::text);
ALTER TABLE ops.audit DROP CONSTRAINT IF EXISTS audit_kind_check;
ALTER TABLE ops.audit ADD CONSTRAINT audit_kind_check
CHECK (kind IN ('load', 'load write', 'refresh', 'setting', 'staging', 'operation', 'role'));
COMMENT ON TABLE ops.audit IS
'One row per load, refresh, statement that changed a setting or wrote staging, operation, and statement that changed a role or '
'its rights. Rows are only added.';
COMMENT ON COLUMN ops.audit.kind IS
'load, refresh, setting (a table of config), staging (a statement not of a load), load write (one of a load), operation, role.';
COMMENT ON COLUMN ops.audit.object_name IS 'Table, load, run, or role.';
COMMENT ON COLUMN ops.audit.action IS
'INSERT, UPDATE, DELETE, TRUNCATE, how a load or run ended, or of a role: CREATE, GRANT, REVOKE, ALTER.';
COMMENT ON COLUMN ops.audit.acted_as IS 'The role that user_name had taken on by SET ROLE; NULL: none.';
COMMENT ON COLUMN ops.audit.statement IS
'What the client sent, or of a role what was run: the first 1,000 characters. Of a table with personal data without the values.';

-- Whose session a load is: what another session writes is not of this load, whatever it says.
ALTER TABLE ops.load ADD COLUMN IF NOT EXISTS backend_pid integer;
ALTER TABLE ops.load ALTER COLUMN backend_pid SET DEFAULT pg_backend_pid();
COMMENT ON COLUMN ops.load.backend_pid IS 'Process of the server that served it. NULL: loaded before there was this column.';

UPDATE config.retention
SET audit_days = 365
WHERE audit_days < 365;
ALTER TABLE config.retention DROP CONSTRAINT IF EXISTS retention_audit_days_check;
ALTER TABLE config.retention ADD CONSTRAINT retention_audit_days_check CHECK (audit_days >= 365);
COMMENT ON COLUMN config.retention.audit_days IS 'Rows of ops.audit; a year at least.';
