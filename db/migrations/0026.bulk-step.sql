-- How a first load puts the keys of staging back, kept where nobody but the owner writes: what stands here is run as the owner.

CREATE TABLE IF NOT EXISTS ops.bulk_step (
    step_number bigint NOT NULL,
    undo text COLLATE "C" NOT NULL,
    redo text COLLATE "C" NOT NULL,
    CONSTRAINT bulk_step_pkey PRIMARY KEY (step_number)
);
COMMENT ON TABLE ops.bulk_step IS
'One row per row of staging.bulk_definition while a bulk load takes place; empty for all others, for it never is committed.';
COMMENT ON COLUMN ops.bulk_step.undo IS 'What staging.begin_bulk() ran, steps in descending order.';
COMMENT ON COLUMN ops.bulk_step.redo IS 'What staging.end_bulk() will run, steps in order.';
