-- What lets the pipeline run by itself: when it is due, how long its memory is, what it tells whom, and who changed what.

CREATE TABLE IF NOT EXISTS config.refresh_slot (
    starts_at time NOT NULL,
    CONSTRAINT refresh_slot_pkey PRIMARY KEY (starts_at)
);
COMMENT ON TABLE config.refresh_slot IS
'One row per time of day at which a refresh is due, in the shop''s local time. ops.refresh_if_overdue() runs one refresh a slot.';
COMMENT ON COLUMN config.refresh_slot.starts_at IS 'Local time of the shop, also across a change of the clocks.';
INSERT INTO config.refresh_slot (starts_at)
SELECT s.starts_at
FROM (VALUES (time '00:00'), (time '06:00'), (time '12:00'), (time '18:00')) AS s (starts_at)
WHERE NOT EXISTS (SELECT FROM config.refresh_slot)
ON CONFLICT DO NOTHING;

CREATE TABLE IF NOT EXISTS config.job (
    job_name text COLLATE "C" NOT NULL,
    schedule text NOT NULL,
    command text NOT NULL,
    is_wanted boolean NOT NULL DEFAULT true,
    purpose text NOT NULL,
    CONSTRAINT job_pkey PRIMARY KEY (job_name),
    CONSTRAINT job_command_check CHECK (command ~ '^CALL (public|ops)\.[a-z_]+\(\)$')
);
COMMENT ON TABLE config.job IS
'One row per job that "runner schedule" gives to pg_cron. It makes pg_cron''s jobs equal to these rows.';
COMMENT ON COLUMN config.job.job_name IS 'Name of the job in cron.job.';
COMMENT ON COLUMN config.job.schedule IS 'When: cron''s five fields, in the time zone of pg_cron.';
COMMENT ON COLUMN config.job.command IS 'Exactly one CALL, without arguments: pg_cron runs it in one piece.';
COMMENT ON COLUMN config.job.is_wanted IS 'false: "runner schedule" removes it.';
COMMENT ON COLUMN config.job.purpose IS 'What it is for.';
INSERT INTO config.job (job_name, schedule, command, is_wanted, purpose)
VALUES
('refresh_analytics', '0 */6 * * *', 'CALL public.refresh_analytics()', true, 'publishes the figures every six hours'),
(
    'refresh_if_overdue', '5-59/10 * * * *', 'CALL ops.refresh_if_overdue()', true,
    'catches up a refresh that was missed, looks for stale data'
),
('maintain_pipeline', '17 3 * * 0', 'CALL ops.maintain()', true, 'forgets what is older than config.retention says'),
('check_pipeline', '41 3 1 1,4,7,10 *', 'CALL ops.check_everything()', true, 'counts everything again, once a quarter'),
('apply_changes', '* * * * *', 'CALL public.apply_changes()', false, 'brings the live figures up to date every minute')
ON CONFLICT DO NOTHING;

CREATE TABLE IF NOT EXISTS config.freshness (
    is_only_row boolean NOT NULL DEFAULT true,
    max_age interval NOT NULL DEFAULT '7 hours',
    CONSTRAINT freshness_pkey PRIMARY KEY (is_only_row),
    CONSTRAINT freshness_is_only_row_check CHECK (is_only_row),
    CONSTRAINT freshness_max_age_check CHECK (max_age > '0 seconds')
);
COMMENT ON TABLE config.freshness IS 'One row: how old published figures may be.';
COMMENT ON COLUMN config.freshness.is_only_row IS 'Holds the table to one row.';
COMMENT ON COLUMN config.freshness.max_age IS
'Longest time since the last publish before the alert "data stale" is raised: a slot and an hour.';
INSERT INTO config.freshness DEFAULT VALUES ON CONFLICT DO NOTHING;

CREATE TABLE IF NOT EXISTS config.retention (
    is_only_row boolean NOT NULL DEFAULT true,
    run_days integer NOT NULL DEFAULT 400,
    rejected_row_days integer NOT NULL DEFAULT 400,
    alert_days integer NOT NULL DEFAULT 400,
    audit_days integer NOT NULL DEFAULT 1100,
    cron_log_days integer NOT NULL DEFAULT 30,
    CONSTRAINT retention_pkey PRIMARY KEY (is_only_row),
    CONSTRAINT retention_is_only_row_check CHECK (is_only_row),
    CONSTRAINT retention_days_check CHECK (
        least(run_days, rejected_row_days, alert_days, audit_days, cron_log_days) >= 1
    )
);
COMMENT ON TABLE config.retention IS
'One row: after how many days ops.maintain() forgets. Loads and their files are kept for good.';
COMMENT ON COLUMN config.retention.is_only_row IS 'Holds the table to one row.';
COMMENT ON COLUMN config.retention.run_days IS
'Runs with their steps and assertion results; the last that succeeded is always kept.';
COMMENT ON COLUMN config.retention.rejected_row_days IS 'Rows of files that were set aside.';
COMMENT ON COLUMN config.retention.alert_days IS 'Closed alerts with their deliveries.';
COMMENT ON COLUMN config.retention.audit_days IS 'Rows of ops.audit.';
COMMENT ON COLUMN config.retention.cron_log_days IS 'Rows of cron.job_run_details, which pg_cron itself never deletes.';
INSERT INTO config.retention DEFAULT VALUES ON CONFLICT DO NOTHING;

-- Which try of the client a run or load was: the runner sets pipeline.client_attempt when it has lost a
-- connection and begins anew.
ALTER TABLE ops.run ADD COLUMN IF NOT EXISTS client_attempt integer NOT NULL
DEFAULT coalesce(nullif(current_setting('pipeline.client_attempt', true), '')::integer, 1);
COMMENT ON COLUMN ops.run.attempts IS 'Tries of the server: transient errors are tried up to three times.';
COMMENT ON COLUMN ops.run.client_attempt IS 'Which try of the client it was: 2 and more after lost connections.';
ALTER TABLE ops.load ADD COLUMN IF NOT EXISTS client_attempt integer NOT NULL
DEFAULT coalesce(nullif(current_setting('pipeline.client_attempt', true), '')::integer, 1);
COMMENT ON COLUMN ops.load.client_attempt IS 'Which try of the client it was: 2 and more after lost connections.';

ALTER TABLE ops.load_file ADD COLUMN IF NOT EXISTS rows_forgotten bigint NOT NULL DEFAULT 0;
COMMENT ON COLUMN ops.load_file.rows_forgotten IS
'Rows that were set aside and that ops.maintain() has deleted from ops.rejected_row since.';
CREATE INDEX IF NOT EXISTS rejected_row_open_idx ON ops.rejected_row (load_id)
WHERE kind = 'refused' AND resolved_load_id IS NULL;

-- An alert is open while the view ops.alert_cause returns its kind and subject.
ALTER TABLE ops.alert DROP CONSTRAINT IF EXISTS alert_kind_check;
ALTER TABLE ops.alert
ADD COLUMN IF NOT EXISTS severity text COLLATE "C" NOT NULL DEFAULT 'warn',
ADD COLUMN IF NOT EXISTS subject text COLLATE "C" NOT NULL DEFAULT '',
ADD COLUMN IF NOT EXISTS cause text COLLATE "C" NOT NULL DEFAULT '',
ADD COLUMN IF NOT EXISTS remedy text NOT NULL DEFAULT '',
ADD COLUMN IF NOT EXISTS details jsonb NOT NULL DEFAULT '[]',
ADD COLUMN IF NOT EXISTS last_seen_at timestamptz NOT NULL DEFAULT clock_timestamp(),
ADD COLUMN IF NOT EXISTS seen_count integer NOT NULL DEFAULT 1,
ADD COLUMN IF NOT EXISTS is_resolved boolean NOT NULL DEFAULT false;
ALTER TABLE ops.alert DROP CONSTRAINT IF EXISTS alert_severity_check;
ALTER TABLE ops.alert ADD CONSTRAINT alert_severity_check CHECK (severity IN ('error', 'warn'));
UPDATE ops.alert
SET
    subject = 'load ' || load_id,
    cause = load_id::text,
    is_resolved = closed_at IS NOT NULL
WHERE subject = '' AND load_id IS NOT NULL;
CREATE UNIQUE INDEX IF NOT EXISTS alert_open_key ON ops.alert (kind, subject) WHERE closed_at IS NULL;
COMMENT ON TABLE ops.alert IS
'One row per thing that a person should see to, from when it was first seen until its cause is '
'gone. ops.update_alerts() writes it.';
COMMENT ON COLUMN ops.alert.kind IS 'One of ops.alert_kind; docs/runbook.md has a heading for each.';
COMMENT ON COLUMN ops.alert.raised_at IS 'When it was first seen.';
COMMENT ON COLUMN ops.alert.last_seen_at IS 'When it was last seen.';
COMMENT ON COLUMN ops.alert.seen_count IS 'How many different causes it had so far: runs that failed one after the other.';
COMMENT ON COLUMN ops.alert.severity IS 'error: figures are not published or not right. warn: look at it by day.';
COMMENT ON COLUMN ops.alert.subject IS 'What it is about, such as an assertion: one open alert a kind and subject.';
COMMENT ON COLUMN ops.alert.cause IS 'What raised it last, such as the id of a run.';
COMMENT ON COLUMN ops.alert.message IS 'What is wrong, in one sentence.';
COMMENT ON COLUMN ops.alert.remedy IS 'What to do, and the heading of docs/runbook.md.';
COMMENT ON COLUMN ops.alert.details IS 'The first violating rows, as objects.';
COMMENT ON COLUMN ops.alert.closed_at IS 'When it ended; NULL: it is open. A person may close it by hand.';
COMMENT ON COLUMN ops.alert.is_resolved IS
'It closed because its cause was gone. One that a person closed stays closed until the cause is another.';

CREATE TABLE IF NOT EXISTS ops.delivery (
    alert_id bigint NOT NULL,
    state text COLLATE "C" NOT NULL,
    channel text COLLATE "C" NOT NULL,
    attempts integer NOT NULL DEFAULT 0,
    next_attempt_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    delivered_at timestamptz,
    error_message text,
    CONSTRAINT delivery_pkey PRIMARY KEY (alert_id, state, channel),
    CONSTRAINT delivery_alert_id_fkey FOREIGN KEY (alert_id) REFERENCES ops.alert (alert_id) ON DELETE CASCADE,
    CONSTRAINT delivery_state_check CHECK (state IN ('open', 'closed'))
);
COMMENT ON TABLE ops.delivery IS 'One row per state of an alert and channel that it was or is to be told to.';
COMMENT ON COLUMN ops.delivery.state IS 'open: that the alert was raised. closed: that it ended.';
COMMENT ON COLUMN ops.delivery.channel IS 'mail or webhook, and a digest of the address, which may be a secret.';
COMMENT ON COLUMN ops.delivery.attempts IS 'Tries so far.';
COMMENT ON COLUMN ops.delivery.next_attempt_at IS 'Not tried again before.';
COMMENT ON COLUMN ops.delivery.delivered_at IS 'When the other side took it; NULL: it did not yet.';
COMMENT ON COLUMN ops.delivery.error_message IS 'Why the last try failed.';

CREATE TABLE IF NOT EXISTS ops.full_check (
    full_check_id bigint GENERATED ALWAYS AS IDENTITY,
    started_at timestamptz NOT NULL,
    finished_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    differences jsonb NOT NULL,
    violations jsonb NOT NULL,
    CONSTRAINT full_check_pkey PRIMARY KEY (full_check_id)
);
COMMENT ON TABLE ops.full_check IS 'One row per call of ops.check_everything().';
COMMENT ON COLUMN ops.full_check.differences IS
'One object per rollup table that holds other rows than staging gives: table_name, kept_rows, counted_rows.';
COMMENT ON COLUMN ops.full_check.violations IS 'One object per assertion of severity error with violating rows.';

CREATE TABLE IF NOT EXISTS ops.audit (
    audit_id bigint GENERATED ALWAYS AS IDENTITY,
    happened_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    user_name text NOT NULL DEFAULT session_user,
    kind text COLLATE "C" NOT NULL,
    object_name text NOT NULL,
    action text COLLATE "C" NOT NULL,
    row_count bigint,
    old_rows jsonb,
    new_rows jsonb,
    application_name text NOT NULL DEFAULT current_setting('application_name'),
    CONSTRAINT audit_pkey PRIMARY KEY (audit_id),
    CONSTRAINT audit_kind_check CHECK (kind IN ('load', 'refresh', 'setting', 'staging', 'operation'))
);
COMMENT ON TABLE ops.audit IS
'One row per load, refresh, statement that changed a setting or wrote staging by hand, and operation. Rows are only added.';
COMMENT ON COLUMN ops.audit.user_name IS 'Who was logged in.';
COMMENT ON COLUMN ops.audit.kind IS 'load, refresh, setting (a table of config), staging (a statement not of a load), operation.';
COMMENT ON COLUMN ops.audit.object_name IS 'Table, or the load or run.';
COMMENT ON COLUMN ops.audit.action IS 'INSERT, UPDATE, DELETE, TRUNCATE, or how a load or run ended.';
COMMENT ON COLUMN ops.audit.row_count IS 'Rows that the statement wrote; NULL: not known.';
COMMENT ON COLUMN ops.audit.old_rows IS 'Of a setting: rows as they were, a hundred at most.';
COMMENT ON COLUMN ops.audit.new_rows IS 'Of a setting: rows as they are now, a hundred at most.';
CREATE INDEX IF NOT EXISTS audit_happened_at_idx ON ops.audit (happened_at);
