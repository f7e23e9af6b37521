-- Days are counted by a refresh; live figures count those that changed since the last publish when they are asked for.

CREATE INDEX IF NOT EXISTS changed_sale_date_idx ON rollup.changed (sale_date) WHERE customer_id IS NULL;
