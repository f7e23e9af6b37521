-- The pipeline's memory of itself.

CREATE TABLE IF NOT EXISTS ops.installed_object (
    kind text COLLATE "C" NOT NULL,
    object_name text COLLATE "C" NOT NULL,
    digest text COLLATE "C" NOT NULL,
    installed_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT installed_object_pkey PRIMARY KEY (kind, object_name),
    CONSTRAINT installed_object_kind_check CHECK (kind IN ('migration', 'routine', 'view', 'matview', 'assertion'))
);
COMMENT ON TABLE ops.installed_object IS 'One row per file of db/ that was installed, with the SHA-256 of what it held.';

CREATE TABLE IF NOT EXISTS ops.changed_relation (
    relation_name text COLLATE "C" NOT NULL
);
COMMENT ON TABLE ops.changed_relation IS
'Marks: this table changed since the last publish. Rows may repeat. refresh_analytics() takes them.';

CREATE TABLE IF NOT EXISTS ops.load (
    load_id bigint GENERATED ALWAYS AS IDENTITY,
    folder text NOT NULL,
    status text COLLATE "C" NOT NULL DEFAULT 'running',
    started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    finished_at timestamptz,
    loaded_by text NOT NULL DEFAULT session_user,
    error_message text,
    CONSTRAINT load_pkey PRIMARY KEY (load_id),
    CONSTRAINT load_status_check CHECK (status IN ('running', 'succeeded', 'failed', 'abandoned'))
);
COMMENT ON TABLE ops.load IS 'One row per load of a folder.';
COMMENT ON COLUMN ops.load.status IS 'abandoned: the loader died; nothing of it was kept.';

CREATE TABLE IF NOT EXISTS ops.load_file (
    load_id bigint NOT NULL,
    table_name text COLLATE "C" NOT NULL,
    file_name text NOT NULL,
    sha256 text COLLATE "C" NOT NULL,
    byte_count bigint NOT NULL,
    line_count bigint NOT NULL,
    header text NOT NULL DEFAULT '',
    ignored_columns text[] NOT NULL DEFAULT '{}',
    rows_read bigint NOT NULL,
    rows_inserted bigint NOT NULL DEFAULT 0,
    rows_updated bigint NOT NULL DEFAULT 0,
    rows_unchanged bigint NOT NULL DEFAULT 0,
    rows_superseded bigint NOT NULL DEFAULT 0,
    rows_refused bigint NOT NULL DEFAULT 0,
    rows_rounded bigint NOT NULL DEFAULT 0,
    rows_deleted bigint NOT NULL DEFAULT 0,
    is_repeat boolean NOT NULL DEFAULT false,
    unknown_statuses text[] NOT NULL DEFAULT '{}',
    seconds numeric(12, 3),
    CONSTRAINT load_file_pkey PRIMARY KEY (load_id, table_name),
    CONSTRAINT load_file_load_id_fkey FOREIGN KEY (load_id) REFERENCES ops.load (load_id)
);
COMMENT ON TABLE ops.load_file IS
'One row per file of a load. rows_read = inserted + updated + unchanged + superseded + refused.';
COMMENT ON COLUMN ops.load_file.header IS 'First line of the file, as it stands there.';
COMMENT ON COLUMN ops.load_file.rows_rounded IS 'Rows with an amount of more than two decimals, which was rounded.';
COMMENT ON COLUMN ops.load_file.rows_deleted IS 'Rows of staging that were not in the file and were deleted (load --full).';
COMMENT ON COLUMN ops.load_file.unknown_statuses IS 'Statuses in the file that config.order_status does not know.';
COMMENT ON COLUMN ops.load_file.is_repeat IS 'An earlier load had the same bytes.';

CREATE TABLE IF NOT EXISTS ops.rejected_row (
    rejected_row_id bigint GENERATED ALWAYS AS IDENTITY,
    load_id bigint NOT NULL,
    table_name text COLLATE "C" NOT NULL,
    file_name text NOT NULL,
    line_number bigint NOT NULL,
    column_name text COLLATE "C",
    kind text COLLATE "C" NOT NULL,
    reason text NOT NULL,
    raw_text text,
    key_value text COLLATE "C",
    resolved_load_id bigint,
    CONSTRAINT rejected_row_pkey PRIMARY KEY (rejected_row_id),
    CONSTRAINT rejected_row_load_id_fkey FOREIGN KEY (load_id) REFERENCES ops.load (load_id),
    CONSTRAINT rejected_row_kind_check CHECK (kind IN ('refused', 'superseded'))
);
COMMENT ON TABLE ops.rejected_row IS
'One row per line of a file that did not go into staging, with the reason and the line itself.';
COMMENT ON COLUMN ops.rejected_row.raw_text IS 'The row as it stands in the file; NULL only while the load goes on.';
COMMENT ON COLUMN ops.rejected_row.key_value IS 'Key of the row, where it could be read.';
COMMENT ON COLUMN ops.rejected_row.resolved_load_id IS 'The later load that brought a row with this key.';
COMMENT ON COLUMN ops.rejected_row.kind IS 'superseded: a later line of the same file has the same key.';
COMMENT ON COLUMN ops.rejected_row.line_number IS 'Line of the file on which the row begins; the header is line 1.';
CREATE INDEX IF NOT EXISTS rejected_row_load_id_idx ON ops.rejected_row (load_id);

CREATE TABLE IF NOT EXISTS ops.run (
    run_id bigint GENERATED ALWAYS AS IDENTITY,
    status text COLLATE "C" NOT NULL,
    as_of date,
    started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    finished_at timestamptz,
    attempts integer NOT NULL DEFAULT 0,
    backend_pid integer NOT NULL DEFAULT pg_backend_pid(),
    started_by text NOT NULL DEFAULT session_user,
    error_state text COLLATE "C",
    error_message text,
    error_detail text,
    error_context text,
    CONSTRAINT run_pkey PRIMARY KEY (run_id),
    CONSTRAINT run_status_check CHECK (status IN ('running', 'succeeded', 'failed', 'skipped', 'abandoned'))
);
COMMENT ON TABLE ops.run IS 'One row per call of refresh_analytics().';
COMMENT ON COLUMN ops.run.status IS
'skipped: another run was under way. abandoned: its backend died; nothing of it was published.';
COMMENT ON COLUMN ops.run.as_of IS 'The day that the run computed figures for.';
COMMENT ON COLUMN ops.run.error_state IS 'SQLSTATE; EA001 when an assertion stopped the publish.';

CREATE TABLE IF NOT EXISTS ops.step (
    run_id bigint NOT NULL,
    step_number integer NOT NULL,
    step_name text NOT NULL,
    status text COLLATE "C" NOT NULL,
    row_count bigint,
    seconds numeric(12, 3) NOT NULL,
    CONSTRAINT step_pkey PRIMARY KEY (run_id, step_number),
    CONSTRAINT step_run_id_fkey FOREIGN KEY (run_id) REFERENCES ops.run (run_id),
    CONSTRAINT step_status_check CHECK (status IN ('done', 'unchanged', 'rolled back'))
);
COMMENT ON TABLE ops.step IS 'One row per finished step of a run.';
COMMENT ON COLUMN ops.step.status IS 'unchanged: nothing that the view reads had changed. rolled back: the run failed later.';
COMMENT ON COLUMN ops.step.row_count IS 'Rows of the view, or groups recounted.';

CREATE TABLE IF NOT EXISTS ops.assertion_result (
    run_id bigint NOT NULL,
    assertion_name text COLLATE "C" NOT NULL,
    severity text COLLATE "C" NOT NULL,
    violation_count bigint NOT NULL,
    violating_rows jsonb NOT NULL,
    seconds numeric(12, 3) NOT NULL,
    CONSTRAINT assertion_result_pkey PRIMARY KEY (run_id, assertion_name),
    CONSTRAINT assertion_result_run_id_fkey FOREIGN KEY (run_id) REFERENCES ops.run (run_id)
);
COMMENT ON TABLE ops.assertion_result IS 'One row per assertion and run.';
COMMENT ON COLUMN ops.assertion_result.violating_rows IS 'The first ten violating rows, as objects.';

CREATE TABLE IF NOT EXISTS ops.alert (
    alert_id bigint GENERATED ALWAYS AS IDENTITY,
    raised_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    kind text COLLATE "C" NOT NULL,
    message text NOT NULL,
    load_id bigint,
    closed_at timestamptz,
    CONSTRAINT alert_pkey PRIMARY KEY (alert_id),
    CONSTRAINT alert_kind_check CHECK (kind IN ('rows refused')),
    CONSTRAINT alert_load_id_fkey FOREIGN KEY (load_id) REFERENCES ops.load (load_id)
);
COMMENT ON TABLE ops.alert IS 'One row per thing that a person should see to.';
COMMENT ON COLUMN ops.alert.closed_at IS 'When it was seen to; NULL: it is open.';
