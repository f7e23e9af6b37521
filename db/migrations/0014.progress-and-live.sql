-- Assertions whose inputs did not change keep their result; figures between two publishes have a schema of their own.

ALTER TABLE ops.assertion_result ADD COLUMN IF NOT EXISTS is_repeated boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN ops.assertion_result.is_repeated IS
'Nothing that the assertion reads had changed since the last publish, so its result is that of then.';

CREATE SCHEMA IF NOT EXISTS live;
COMMENT ON SCHEMA live IS 'Figures as of the last apply_changes(), between two publishes: not yet audited.';
GRANT USAGE ON SCHEMA live TO pipeline_reader;
