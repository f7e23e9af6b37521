CREATE VIEW ops.access_rule AS
SELECT
    r.schema_name,
    r.object_pattern,
    r.role_name,
    r.rights::text[] AS rights,
    r.columns
FROM (
    VALUES
    -- Readers: what BI tools and the page show.
    ('bi', '%', 'pipeline_reader', '{SELECT}', 'all'),
    ('live', '%', 'pipeline_reader', '{SELECT}', 'all'),

    -- Those who may see personal data: the same views, and the columns that are closed to analysts.
    ('bi', '%', 'pipeline_pii', '{SELECT}', 'all'),
    ('live', '%', 'pipeline_pii', '{SELECT}', 'all'),
    ('analytics', '%', 'pipeline_pii', '{SELECT}', 'personal'),

    -- Analysts: the settings too, but those that hold SQL, stop or let pass a publish, start jobs, or shorten the audit.
    ('bi', '%', 'pipeline_analyst', '{SELECT}', 'all'),
    ('live', '%', 'pipeline_analyst', '{SELECT}', 'all'),
    ('analytics', '%', 'pipeline_analyst', '{SELECT}', 'others'),
    ('config', '%', 'pipeline_analyst', '{SELECT, INSERT, UPDATE, DELETE}', 'all'),
    ('config', 'input_column', 'pipeline_analyst', '{SELECT}', 'all'),
    ('config', 'optional_file', 'pipeline_analyst', '{SELECT}', 'all'),
    ('config', 'insight_rule', 'pipeline_analyst', '{SELECT}', 'all'),
    ('config', 'assertion_severity', 'pipeline_analyst', '{SELECT}', 'all'),
    ('config', 'job', 'pipeline_analyst', '{SELECT}', 'all'),
    ('config', 'retention', 'pipeline_analyst', '{SELECT}', 'all'),

    -- The runner: loads and refreshes. It changes no setting but the day and what a folder's load.toml expects.
    ('public', '%', 'pipeline_runner', '{EXECUTE}', 'all'),
    ('landing', '%', 'pipeline_runner', '{SELECT, INSERT, UPDATE, DELETE, TRUNCATE, EXECUTE, USAGE}', 'all'),
    ('staging', '%', 'pipeline_runner', '{SELECT, INSERT, UPDATE, DELETE, EXECUTE}', 'all'),
    ('rollup', '%', 'pipeline_runner', '{SELECT, INSERT, UPDATE, DELETE, EXECUTE}', 'all'),
    -- It holds parts of statements that whoever applies or refreshes executes.
    ('rollup', 'known_table', 'pipeline_runner', '{SELECT}', 'all'),
    ('rollup', 'note_tables', 'pipeline_runner', '{}', 'all'),
    ('predict', '%', 'pipeline_runner', '{SELECT, INSERT, UPDATE, DELETE, TRUNCATE, EXECUTE}', 'all'),
    ('analytics', '%', 'pipeline_runner', '{SELECT}', 'all'),
    ('bi', '%', 'pipeline_runner', '{SELECT}', 'all'),
    ('live', '%', 'pipeline_runner', '{SELECT}', 'all'),
    ('assertions', '%', 'pipeline_runner', '{SELECT}', 'all'),
    ('config', '%', 'pipeline_runner', '{SELECT, EXECUTE}', 'all'),
    ('config', 'clock', 'pipeline_runner', '{SELECT, UPDATE}', 'all'),
    ('config', 'expectation', 'pipeline_runner', '{SELECT, UPDATE}', 'all'),
    ('ops', '%', 'pipeline_runner', '{SELECT, INSERT, UPDATE, DELETE, EXECUTE}', 'all'),
    ('ops', 'audit', 'pipeline_runner', '{SELECT, INSERT}', 'all'),
    ('ops', 'installed_object', 'pipeline_runner', '{SELECT}', 'all'),
    ('ops', 'published_column', 'pipeline_runner', '{SELECT}', 'all'),
    ('ops', '%yoyo%', 'pipeline_runner', '{SELECT}', 'all'),
    ('ops', 'forgotten_customer', 'pipeline_runner', '{SELECT}', 'all'),
    ('ops', 'salt', 'pipeline_runner', '{}', 'all'),
    ('ops', 'bulk_step', 'pipeline_runner', '{}', 'all'),
    ('ops', 'sight', 'pipeline_runner', '{}', 'all'),
    ('ops', 'forget_customer', 'pipeline_runner', '{}', 'all'),
    ('ops', 'give_pseudonyms', 'pipeline_runner', '{}', 'all'),
    ('ops', 'settle_rights', 'pipeline_runner', '{}', 'all')
) AS r (schema_name, object_pattern, role_name, rights, columns);

COMMENT ON VIEW ops.access_rule IS
'One row per schema, pattern of names and role: the rights on objects that there are or will be. ops.settle_rights() keeps them.';
COMMENT ON COLUMN ops.access_rule.object_pattern IS 'As LIKE takes it. Of several that fit a name the longest counts.';
COMMENT ON COLUMN ops.access_rule.rights IS
'Those that fit the kind of object are given: USAGE and UPDATE of sequences, EXECUTE of routines, SELECT of views.';
COMMENT ON COLUMN ops.access_rule.columns IS
'all, or of relations with personal data: personal (just these columns) or others (all but these).';
