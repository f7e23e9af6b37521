-- Days are counted by a refresh; live figures count those that changed since the last publish when they are asked for.

CREATE INDEX IF NOT EXISTS dirty_sale_date_idx ON rollup.dirty (sale_date)
WHERE num_nonnulls(customer_id, order_id, product_id) = 0;
CREATE INDEX IF NOT EXISTS changed_sale_date_idx ON rollup.changed (sale_date) WHERE customer_id IS NULL;
COMMENT ON TABLE rollup.changed IS
'Customers and days due since the last publish, as rollup.apply_changes() found them. One that names nothing means everything.';
COMMENT ON SCHEMA live IS 'Figures of now, counted when somebody asks, not yet audited; and how loads, runs and assertions went.';
